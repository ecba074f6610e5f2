// The page on which people try the model: sends what is typed and picked, and shows what went wrong.
import { sentence } from "./requests.js";

const TYPING_PAUSE = 300; // milliseconds after the last key until the text is sent
const LONGEST_PAUSE = 5000; // milliseconds between two tries while the server is busy
const TRIES = 12;
const ADDRESS_DROPPED = "A web address was dropped, and addresses are not fetched; save the picture and drop its file.";

const form = document.getElementById("ask");
const box = document.getElementById("text");
const list = document.getElementById("pictures");
const drop = form.querySelector(".drop");
const mostCharacters = Number(box.dataset.most);
const mostPictures = Number(list.dataset.most);
const mostBytes = Number(list.dataset.bytes);

let timer = null; // of the typing pause, or of the next try
let tries = 0;
let turn = 0; // what is still coming for an earlier turn is dropped

function say(id, text) {
  const place = document.getElementById(id);
  place.replaceChildren();
  if (!text) return;
  const line = Object.assign(document.createElement("p"), { textContent: sentence(text) });
  line.className = place.getAttribute("role") === "alert" ? "bad" : "note";
  place.append(line);
}

function ask() {
  clearTimeout(timer);
  timer = null;
  tries = 0;
  say("link-state", "");
  send();
}

function send() {
  const length = box.value.length > mostCharacters ? [...box.value].length : box.value.length;
  const fits = length <= mostCharacters;
  box.disabled = !fits; // so that the text does not come along
  say("text-trouble", fits ? "" : `The text has ${length.toLocaleString("en-US")} characters; at most ${mostCharacters.toLocaleString("en-US")} are read. Shorten it`);
  form.dispatchEvent(new CustomEvent("ask"));
  box.disabled = false;
}

// A server that is busy is asked again; any other failure leaves no answer to what was asked before.
function failed(status) {
  if (status === 503 && ++tries < TRIES) {
    timer = setTimeout(send, Math.min(LONGEST_PAUSE, 500 * 2 ** (tries - 1)));
    return;
  }
  document.getElementById("answer").replaceChildren();
  document.getElementById("spoken").textContent = "";
}

form.addEventListener("htmx:response:error", ({ detail }) => failed(detail.ctx.response.status));
form.addEventListener("htmx:error", () => {
  failed(0);
  say("state", "The server does not answer");
});

async function fetched(address, options) {
  const answer = await fetch(address, options);
  if (answer.ok) return answer;
  throw new Error((await answer.json().catch(() => ({}))).error ?? "the server failed");
}

const failure = (error) => (error instanceof TypeError ? "The server does not answer" : error.message);

async function take(files) {
  const mine = turn;
  say("picture-trouble", "");
  for (const file of files) {
    try {
      if (list.children.length >= mostPictures) throw new Error(`At most ${mostPictures} pictures are read`);
      if (file.size > mostBytes) throw new Error(`the picture has more than ${Math.floor(mostBytes / 1e6)} MB; send a smaller one`);
      say("picture-state", `Sending ${file.name}…`);
      const answer = await fetched(`/try/pictures?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
      const html = await answer.text();
      if (mine !== turn) return;
      list.insertAdjacentHTML("beforeend", html);
    } catch (error) {
      const which = files.length > 1 ? `${file.name}: ` : "";
      if (mine === turn) say("picture-trouble", which + failure(error));
    }
  }
  if (mine !== turn) return;
  say("picture-state", "");
  ask();
}

async function takeSample({ sample, text }) {
  const mine = ++turn;
  say("picture-state", "");
  say("picture-trouble", "");
  box.value = text;
  try {
    const answer = await fetched(`/try/samples/${sample}`);
    const html = await answer.text();
    if (mine !== turn) return;
    list.innerHTML = html;
  } catch (error) {
    list.replaceChildren();
    say("picture-trouble", failure(error));
  }
  ask();
}

async function share() {
  if (timer) ask();
  try {
    const answer = await fetched("/try/link", { method: "POST", body: new FormData(form) });
    history.replaceState(history.state, "", (await answer.json()).link);
    const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    say("link-state", copied ? "The link is copied" : "Copy the link from the address bar");
  } catch (error) {
    say("link-state", failure(error));
  }
}

const isFile = ({ dataTransfer }) => dataTransfer.types.includes("Files") || dataTransfer.types.includes("text/uri-list");
const mark = (on) => drop.classList.toggle("over", on);

box.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, TYPING_PAUSE);
});
document.getElementById("file").addEventListener("change", ({ target }) => {
  take([...target.files]);
  target.value = "";
});
addEventListener("dragover", (event) => {
  if (!isFile(event)) return;
  event.preventDefault();
  mark(true);
});
addEventListener("dragleave", (event) => event.relatedTarget || mark(false));
addEventListener("drop", (event) => {
  if (!isFile(event)) return;
  event.preventDefault();
  mark(false);
  const files = [...event.dataTransfer.files];
  if (files.length) take(files);
  else say("picture-trouble", ADDRESS_DROPPED);
});
addEventListener("paste", (event) => {
  const { files, types } = event.clipboardData;
  if (!files.length || types.includes("text/plain")) return;
  event.preventDefault();
  take([...files]);
});
addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  if (button.id === "share") share();
  if (button.dataset.sample) takeSample(button.dataset);
  if ("remove" in button.dataset) remove(button.closest("li"));
});

function remove(item) {
  item.remove();
  say("picture-trouble", "");
  document.getElementById("file").focus();
  ask();
}

htmx.process(form); // now, so that it hears the first question
if (box.value.trim() || list.children.length) ask();
