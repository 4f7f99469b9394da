// The theme: the system's, light or dark. Every tab of the browser follows the choice.
export const THEMES = ["system", "light", "dark"];

const KEY = "theme";

// Return the chosen theme.
export const theme = () => (THEMES.includes(localStorage.getItem(KEY)) ? localStorage.getItem(KEY) : "system");

// Choose a theme, and remember it in this browser.
export function setTheme(name) {
  localStorage.setItem(KEY, name);
  show();
}

function show() {
  document.documentElement.dataset.theme = theme();
}

addEventListener("storage", show);
show();
