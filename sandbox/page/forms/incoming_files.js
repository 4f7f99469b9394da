// Files that are pasted into a window or dropped on it.

// Give the files to the field that they were dropped on or pasted into, else to the first. *fields* have {node, add}.
export function acceptFiles(opened, fields) {
  const { dialog } = opened;
  const give = (event, files) => {
    if (!files.length || !fields.length) return;
    event.preventDefault();
    (fields.find((one) => one.node.contains(event.target)) ?? fields[0]).add(files);
  };
  dialog.addEventListener("paste", (event) => give(event, [...event.clipboardData.files]));
  dialog.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
  dialog.addEventListener("drop", (event) => give(event, [...event.dataTransfer.files]));
  return opened;
}
