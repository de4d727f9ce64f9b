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
