// The theme, before the first paint: ui/theme.ts
(() => {
  let theme;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    return;
  }
  if (theme !== "light" && theme !== "dark") return;
  document.documentElement.dataset.theme = theme;
  const metas = [...document.querySelectorAll('meta[name="theme-color"]')];
  const chosen = metas.find(({ media }) => media.includes(theme));
  for (const meta of metas) meta.content = chosen.content;
})();

(() => {
  const { pages } = document.currentScript.dataset;
  if (!pages || !/^\/(c\/.*|account)?$/.test(location.pathname)) return;
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.href = pages;
  document.head.append(link);
})();

// The page can't say that its code or styles are missing. A browser may remember that they failed, so a new page loads them.
// Files of others, such as extensions, may be missing.
(() => {
  const reload = () => location.reload();
  const show = () => {
    const dialog = document.querySelector("dialog");
    dialog.onclose = reload;
    if (!dialog.open) dialog.showModal();
  };
  const onFailure = () => {
    addEventListener("online", reload);
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", show);
    else show();
  };
  addEventListener("not-loaded", onFailure); // app/App.tsx
  const ours = "script[src^='/assets/'], [rel=stylesheet][href^='/assets/']";
  addEventListener("error", ({ target }) => target.matches?.(ours) && onFailure(), true);
})();
