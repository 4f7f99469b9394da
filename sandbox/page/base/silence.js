// Calls that get no answer, as from a sandbox that is suspended. They are not ended: the sandbox may still act on them.
const MOST_MS = 5000;
let silent = 0; // calls that have waited longer

function note(change) {
  silent += change;
  dispatchEvent(new CustomEvent("silent", { detail: silent > 0 }));
}

// Watch a call, and return {heard, ended}, to be called when a part of it arrives and when it ends. The event `silent` of the window
// says whether some call has waited for five seconds.
export function watchCall() {
  let timer, late = false;
  const ended = () => {
    clearTimeout(timer);
    if (late) note(-1);
    late = false;
  };
  const heard = () => {
    ended();
    timer = setTimeout(() => { late = true; note(1); }, MOST_MS);
  };
  heard();
  return { heard, ended };
}
