// Hear of each change of the world. A WebSocket, because a browser leaves only six requests to a host open, over all tabs.
let socket = null;

// Listen, unless the page listens already. *heard* is called with {run, revision}, *ended* when the sandbox is away.
export function listen(heard, ended) {
  if (socket) return;
  socket = new WebSocket(`ws://${location.host}/changes`);
  socket.onmessage = (event) => heard(JSON.parse(event.data));
  socket.onclose = () => {
    socket = null;
    ended();
  };
}
