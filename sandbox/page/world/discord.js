// Numbers of Discord's that several modules read.
// https://discord.com/developers/docs/resources/message#message-object-message-flags (2026-11-29)
export const EPHEMERAL = 1 << 6, LOADING = 1 << 7;
export const TEXT_DISPLAY = 10; // a type of components
export const MOST_CHARS = 2000; // of a message's content
export const PINNED = 6; // the type of the message that says that one was pinned
