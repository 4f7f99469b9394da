// What is open while inline markdown is read: marks, and labels of links. What is never closed becomes text again.

export class Frames {
  constructor() {
    this.stack = [{ mark: "", inner: [] }]; // the innermost last
    this.places = new Map(); // by mark: its place in the stack. No mark is open twice.
    this.labels = []; // the places of the brackets that may still begin a link
  }

  add(node) {
    const { inner } = this.stack.at(-1);
    if (typeof node === "string" && typeof inner.at(-1) === "string") inner[inner.length - 1] += node;
    else inner.push(node);
  }

  has(mark) {
    return this.places.has(mark);
  }

  open(mark) {
    if (mark === "[") this.labels.push(this.stack.length);
    else this.places.set(mark, this.stack.length);
    this.stack.push({ mark, inner: [] });
  }

  // Close a mark: what it holds becomes the `inner` of *node*. Two marks without anything between them are text.
  close(mark, node) {
    this.turn(mark);
    const { inner } = this.take(this.places.get(mark));
    this.add(inner.length ? { ...node, inner } : mark + mark);
  }

  // Three marks in a row, such as ***, open two at once: the one that is closed first is the inner one.
  turn(mark) {
    const at = this.places.get(mark), [outer, inner] = [this.stack[at], this.stack[at + 1]];
    if (!inner || outer.inner.length || inner.mark[0] !== mark[0] || inner.mark === mark) return;
    [outer.mark, inner.mark] = [inner.mark, outer.mark];
    this.places.set(outer.mark, at).set(inner.mark, at + 1);
  }

  // Make a link of the innermost label. Links do not nest: the labels around it stay text.
  closeLabel(node) {
    const { inner } = this.take(this.labels.at(-1));
    this.add({ ...node, inner });
    this.labels = [];
  }

  // Remove the frame at a place and return it, with everything above it as text.
  take(at) {
    const [frame, ...above] = this.stack.splice(at);
    for (const one of above) {
      frame.inner.push(one.mark, ...one.inner);
      this.places.delete(one.mark);
    }
    this.places.delete(frame.mark);
    while (this.labels.at(-1) >= at) this.labels.pop();
    return frame;
  }

  // Return all nodes, as soon as the text has ended.
  end() {
    const { mark, inner } = this.take(0);
    return mark ? [mark, ...inner] : inner;
  }
}
