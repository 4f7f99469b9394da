// Lists that are drawn again often: a row that is there stays the same element, so that focus, scroll and typed text stay.

// Show *items* in *list*. *keyOf* names an item; *makeRow* returns {node, update} for a new one; `update(item)` writes it.
export function makeRows(list, keyOf, makeRow) {
  const rows = new Map();
  return (items) => {
    const keys = new Set(items.map(keyOf));
    for (const [key, row] of rows) if (!keys.has(key)) drop(rows, key, row);
    let at = list.firstElementChild;
    for (const item of items) {
      const row = rows.get(keyOf(item)) ?? add(rows, keyOf(item), makeRow(item));
      if (row.node === at) at = at.nextElementSibling;
      else list.insertBefore(row.node, at);
      update(row, item);
    }
  };
}

function add(rows, key, row) {
  rows.set(key, row);
  return row;
}

function drop(rows, key, row) {
  rows.delete(key);
  row.node.remove();
}

function update(row, item) {
  const content = JSON.stringify(item);
  if (row.content === content) return;
  row.content = content;
  row.update(item);
}

// Write text only if it is another: a selection in it stays.
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
