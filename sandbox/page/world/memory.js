// Who the person of this tab is and what they see, for a reload, for the browser's Back, and for a sandbox with other ids.
import { ask } from "/page/base/server.js";
import { PAGE_OF_MESSAGES, channel, emit, here, me } from "/page/world/state.js";

const stored = (name) => sessionStorage.getItem(name);

// Keep the person and the channel in the tab and in the address. Another channel is a step of the browser's history.
export function remember() {
  const about = { person: here.person, channel: here.channel ?? "", name: me().name, place: channel()?.name ?? "" };
  for (const [name, value] of Object.entries(about)) sessionStorage.setItem(name, value);
  const address = `?${new URLSearchParams({ person: about.person, channel: about.channel })}`;
  if (!history.state?.followed) history.replaceState({ followed: true }, "", address);
  else if (address !== location.search) history.pushState({ followed: true }, "", address);
}

// Find the person again after a restart, by id or by name, else the first one; and the remembered channel by its name.
export async function findPerson() {
  const people = await ask("/people");
  const found = people.find((one) => one.id === here.person) ?? people.find((one) => one.name === stored("name")) ?? people[0];
  here.person = found.id;
  if (here.channel === stored("channel")) here.channel = stored("place") ?? "";
}

addEventListener("popstate", () => {
  const query = new URLSearchParams(location.search);
  const about = { person: query.get("person") ?? here.person, channel: query.get("channel") ?? here.channel };
  Object.assign(here, { ...about, target: null, last: PAGE_OF_MESSAGES });
  emit("place");
});
