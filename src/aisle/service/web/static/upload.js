// The form that sends a table, and commands that are copied.
import { review } from "./requests.js";

export function watchForms(progress) {
  document.addEventListener("submit", (event) => upload(event, progress));
  document.addEventListener("click", copy);
}

async function upload(event, progress) {
  const form = event.target.closest("form.upload");
  if (!form) return;
  event.preventDefault();
  const [file] = form.elements.table.files;
  const said = form.querySelector(".sent");
  const button = form.querySelector("button");
  said.className = "sent";
  said.textContent = `Sending ${file.name}…`;
  button.disabled = true;
  try {
    await review(`upload?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file, signal: undefined });
    said.textContent = "";
    form.reset();
    progress.look();
  } catch (error) {
    said.className = "sent bad";
    said.textContent = `${file.name} was not taken: ${error.message}.`;
  }
  button.disabled = false;
}

async function copy(event) {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const code = document.getElementById(button.dataset.copy);
  getSelection().selectAllChildren(code);
  const copied = await navigator.clipboard?.writeText(code.textContent).then(() => true, () => false);
  button.textContent = copied ? "Copied" : "Selected";
}
