// Keys.

// Return whether a key belongs to an input method. Safari ends a composition before the keydown of its Enter, which has the code 229.
export const composing = (event) => event.isComposing || event.keyCode === 229;
