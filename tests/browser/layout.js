// What a reader cannot see, found by measuring. Playwright puts this into each page that is looked at.
window.standfastLayout = (() => {
  const style = (element) => getComputedStyle(element);
  const words = (element) => (element.textContent || element.value || "").trim().slice(0, 40);
  const name = (element) => `${element.tagName}.${element.className} ${words(element)}`;
  const ancestors = function* (element) {
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) yield up;
  };
  const some = (iterable, test) => { for (const item of iterable) if (test(item)) return true; return false; };
  const hidden = ".visually-hidden, .skip, .skip-to-content-link, .sr-only, [hidden]";
  const seen = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !element.closest(hidden);

  // What a page asks for by itself has arrived.
  const settled = () => new Promise((done) => {
    const look = () => (document.querySelector(".htmx-request, .htmx-settling") ? setTimeout(look, 20) : done());
    look();
  });

  // The elements that make the document scroll sideways, except what scrolls in a box of its own.
  function tooWide() {
    const edge = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= edge) return [];
    const boxed = (element) => some(ancestors(element), (up) => /auto|scroll|hidden|clip/.test(style(up).overflowX));
    const out = (element) => element.getBoundingClientRect().right > edge + 1 && !boxed(element);
    const wide = [...document.body.querySelectorAll("*")].filter(out);
    return (wide.length ? wide.slice(-3) : [document.body]).map(name);
  }

  // Text in a box that hides what does not fit.
  function cut() {
    const faults = [];
    for (const element of document.body.querySelectorAll("*")) {
      const { overflowX, overflowY } = style(element);
      const [cutsX, cutsY] = [overflowX, overflowY].map((value) => /hidden|clip/.test(value));
      if (!(cutsX || cutsY) || element.clientWidth < 2 || !words(element)) continue;
      if (element.matches("select, input, textarea") || element.closest("svg") || !seen(element)) continue;
      if (cutsX && element.scrollWidth > element.clientWidth + 1) faults.push(`cut on the right: ${name(element)}`);
      if (cutsY && element.scrollHeight > element.clientHeight + 2) faults.push(`cut below: ${name(element)}`);
    }
    return faults;
  }

  // Buttons whose words do not fit, and buttons that lie over each other.
  function crowded() {
    const buttons = [...document.querySelectorAll("button, .btn, input[type=submit]")].filter(seen);
    const floats = (element) =>
      /fixed|sticky/.test(style(element).position) || some(ancestors(element), (up) => /fixed|sticky/.test(style(up).position));
    const faults = buttons
      .filter((button) => button.clientWidth && button.scrollWidth > button.clientWidth + 1)
      .map((button) => `its words do not fit: ${name(button)}`);
    const boxes = buttons.filter((button) => !floats(button)).map((button) => [button, button.getBoundingClientRect()]);
    for (const [place, [one, a]] of boxes.entries()) {
      for (const [other, b] of boxes.slice(place + 1)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 1) faults.push(`lie over each other: ${name(one)} / ${name(other)}`);
      }
    }
    return faults;
  }

  return { settled, tooWide, lost: () => [...cut(), ...crowded(), ...tooWide().map((it) => `scrolls sideways: ${it}`)] };
})();
