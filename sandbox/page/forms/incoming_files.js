// Files that are pasted into a window or dropped on it.

const hasFiles = (event) => event.dataTransfer.types.includes("Files");

// Give files to the row that they were dropped on or pasted into, else to the first of these *rows*. Without rows nothing takes them,
// and the browser does not leave the page to show them.
export function acceptFiles(dialog, rows) {
  const give = (event, files) => (rows.find((one) => one.node.contains(event.target)) ?? rows[0])?.add([...files]);
  dialog.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  dialog.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    give(event, event.dataTransfer.files);
  });
  dialog.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    give(event, event.clipboardData.files);
  });
}
