// The form that sends a table; how it goes on is shown by the server.
async function upload(event) {
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
    const answer = await fetch(`/review/filling?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? "the server failed");
    said.textContent = "";
    form.reset();
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

document.addEventListener("submit", upload);
document.addEventListener("click", copy);
