// How far the queue is, and how far an upload is.
import { counted, make, number } from "./elements.js";
import { pause, review } from "./requests.js";

const SLOW = 5000; // milliseconds between two looks
const FAST = 1000; // while an upload is under way
const SOON = 400; // after a decision

export class Progress {
  constructor(place, uploadPlace) {
    this.place = place;
    this.uploadPlace = uploadPlace;
    this.running = false; // whether an upload is under way
    this.keepOn();
  }
  async keepOn() {
    for (;;) {
      if (!document.hidden) await this.look();
      await pause(this.running ? FAST : SLOW);
    }
  }
  // Called where something has changed; several changes in a row are one look.
  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), SOON);
  }
  async look() {
    try {
      const [progress, { upload }] = await Promise.all([review("progress"), review("upload")]);
      this.running = upload !== null && !upload.finished;
      this.place.replaceChildren(figures(progress));
      this.showUpload(upload);
    } catch {
      this.place.replaceChildren(make("p", { class: "bad", text: "The server does not say how far the queue is." }));
    }
  }
  showUpload(upload) {
    const open = this.uploadPlace.querySelector("details")?.open ?? false;
    this.uploadPlace.replaceChildren(...(upload ? [uploadView(upload, open)] : []));
  }
}

function figures(progress) {
  const waiting = progress.waiting + progress.held;
  const { per_minute_mine: pace, per_minute: all } = progress;
  const others = pace && all > pace * 1.05 ? `, ${all.toFixed(1)} all together` : "";
  return make(
    "dl",
    { class: "figures", "aria-label": "Progress" },
    figure("Waiting", number(waiting), progress.skipped && `${number(progress.skipped)} skipped`),
    figure("Decided", number(progress.decided + progress.no_category), `${number(progress.decided_last_hour)} in the last hour`),
    progress.no_category ? figure("Of these without category", number(progress.no_category)) : null,
    figure("By you", number(progress.mine)),
    figure("Your pace", pace ? pace.toFixed(1) : "–", pace && `a minute${others}`),
    figure("Time left", waiting ? inWords(progress.minutes_left) : "none")
  );
}

function figure(name, value, more) {
  return make("div", {}, make("dt", { text: name }), make("dd", {}, value, more ? [" ", make("small", { text: more })] : null));
}

function inWords(minutes) {
  if (minutes === null) return "–";
  if (minutes < 1) return "under a minute";
  if (minutes < 90) return `${Math.round(minutes)} min`;
  const hours = minutes / 60;
  return `${hours < 10 ? hours.toFixed(1) : Math.round(hours)} h`;
}

function uploadView(upload, open) {
  return make(
    "div",
    { class: "filling" },
    make("p", {}, make("b", { text: upload.name }), " ", stateOf(upload)),
    upload.total
      ? [make("progress", { value: upload.done, max: upload.total, "aria-label": "Rows that have been read" }), make("p", {}, counts(upload))]
      : null,
    upload.notes.map((text) => make("p", { class: "note", text })),
    upload.failures.length ? failures(upload, open) : null
  );
}

function stateOf({ error, finished, total, done }) {
  if (error) return make("span", { class: "bad", text: `ended: ${error}` });
  if (finished) return "is done.";
  return total ? `is being answered: ${number(done)} of ${counted(total, "row")}.` : "is being read.";
}

function counts({ new: added, renewed, decided, assigned, failed }) {
  const parts = [
    `${number(added)} queued`,
    renewed ? `${number(renewed)} renewed` : "",
    decided ? `${number(decided)} decided before and left alone` : "",
    `${number(assigned)} assigned by the model`,
  ];
  const text = parts.filter(Boolean).join(", ");
  return failed ? [`${text}, `, make("span", { class: "bad", text: `${number(failed)} failed` }), "."] : [`${text}.`];
}

function failures({ failures: sentences, failed }, open) {
  const more = failed - sentences.length;
  const items = [...sentences, ...(more > 0 ? [`and ${number(more)} more`] : [])];
  return make("details", { open }, make("summary", { text: "What failed" }), make("ul", {}, items.map((text) => make("li", { text }))));
}
