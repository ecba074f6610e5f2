(() => {
  const PAUSE = 300;
  let timer;

  const sendText = () => {
    const box = document.getElementById("text");
    const length = box.value.length > box.dataset.most ? [...box.value].length : box.value.length;
    const text = box.value.toWellFormed ? box.value.toWellFormed() : box.value;
    emitEvent("typed", {length, text: length > box.dataset.most ? "" : text});
  };
  const flush = () => {
    if (timer) sendText();
    clearTimeout(timer);
    timer = null;
  };
  const take = (files) => {
    const uploader = document.getElementById("uploader").dataset.id;
    getElement(uploader).$refs.qRef.addFiles([files[0]]);
  };
  const isFile = (event) => [...event.dataTransfer.types].some((type) => type === "Files" || type === "text/uri-list");
  const mark = (on) => document.querySelector(".drop")?.classList.toggle("over", on);

  addEventListener("input", (event) => {
    if (event.target.id !== "text") return;
    clearTimeout(timer);
    timer = setTimeout(flush, PAUSE);
  });
  addEventListener("change", (event) => {
    if (event.target.id !== "file" || !event.target.files.length) return;
    take(event.target.files);
    event.target.value = "";
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
    if (event.dataTransfer.files.length) take(event.dataTransfer.files);
    else emitEvent("addressed");
  });
  addEventListener("paste", (event) => {
    const {files, types} = event.clipboardData;
    if (!files.length || types.includes("text/plain")) return;
    event.preventDefault();
    take(files);
  });
  addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.id === "clear") emitEvent("cleared");
    if (button?.id === "share") {
      flush();
      emitEvent("shared");
    }
    if (button?.dataset.sample) {
      clearTimeout(timer);
      timer = null;
      emitEvent("sampled", Number(button.dataset.sample));
    }
  });

  window.aisleCopy = async (link) => {
    history.replaceState(history.state, "", link);
    try {
      await navigator.clipboard.writeText(location.href);
      return true;
    } catch {
      return false;
    }
  };
})();
