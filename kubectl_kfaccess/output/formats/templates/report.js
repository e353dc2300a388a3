"use strict";
(() => {
  const $ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const made = (name, text, className) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };

  // Opens what a link leads to
  const opened = (element) => {
    for (let each = element; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
  };
  const target = () => {
    const raw = location.hash.slice(1);
    try { return decodeURIComponent(raw); } catch { return raw; }
  };
  const arrive = () => {
    const id = target();
    if (!id) return;
    let element = byId(id) || (draw && draw(id));
    if (!element) return;
    if (element.hidden || element.closest("[hidden]")) { query.value = ""; severity = ""; filter(); }
    opened(element);
    element.scrollIntoView();
    const focus = element.matches("details") ? element.querySelector("summary") : element;
    if (focus === element && !focus.hasAttribute("tabindex")) focus.setAttribute("tabindex", "-1");
    focus.focus({ preventScroll: true });
  };

  // Search and filters
  const query = byId("query");
  const items = $("[data-item]");
  const texts = new Map(); // filled by the first search: opening the page does not wait for it
  const textOf = (item) => {
    if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
    return texts.get(item);
  };
  let severity = "";
  const filter = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of items) {
      const fits = words.every((word) => textOf(item).includes(word));
      const counts = !severity || !item.dataset.severity || item.dataset.severity === severity;
      item.hidden = !(fits && counts);
      if (!item.hidden) count += 1;
    }
    byId("matches").textContent = words.length ? `${count} of ${items.length}` : "";
    for (const button of $("[data-filter]")) {
      if (button.tagName === "BUTTON") button.setAttribute("aria-pressed", String(severity === button.dataset.filter));
    }
    if (redraw) redraw(words);
  };
  let waiting = 0;
  query.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 60); });
  byId("search").hidden = false;
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input,textarea,select");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      query.focus();
      query.select();
    } else if (event.key === "Escape" && event.target === query && query.value) {
      query.value = "";
      filter();
    }
  });
  const kinds = [...new Set($("[data-severity]").map((card) => card.dataset.severity))];
  if (kinds.length > 1) {
    const names = { error: "errors", warning: "warnings", note: "notes", accepted: "accepted" };
    for (const kind of ["", ...kinds]) {
      const button = made("button", kind ? names[kind] || kind : "all");
      button.type = "button";
      button.dataset.filter = kind;
      byId("filters").append(button);
    }
    byId("filters").hidden = false;
  }
  document.addEventListener("click", (event) => {
    const filtering = event.target.closest("[data-filter]");
    if (filtering) { severity = filtering.dataset.filter; filter(); }
    const all = event.target.closest("[data-open],[data-close]");
    if (all) {
      const kind = all.dataset.open || all.dataset.close;
      for (const part of $(`[data-part="${kind}"]`)) part.open = "open" in all.dataset;
    }
  });
  for (const buttons of $(".open")) buttons.hidden = false;

  // Copying
  const copier = (block) => {
    const text = block.textContent;
    const button = made("button", "copy", "copier");
    button.type = "button";
    button.setAttribute("aria-label", `copy: ${text.slice(0, 60)}`);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "copied";
      } catch {
        getSelection().selectAllChildren(block);
        button.textContent = "selected";
      }
      setTimeout(() => { button.textContent = "copy"; }, 1500);
    });
    block.append(button);
  };
  $("pre.copy").forEach(copier);

  // Printing shows everything that is folded
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = $("details:not([open])");
    for (const each of folded) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of folded) each.open = false; });

  // The details of many profiles, drawn when they are asked for
  let draw = null;
  let redraw = null;
  const block = byId("data");
  if (block) {
    const data = JSON.parse(block.textContent);
    const [RELATION, ROLE, KUBECTL, KUBEFLOW, MESH, NOTE, LEVEL, CROSSES] = [0, 1, 2, 3, 4, 5, 6, 7];
    const ROWS = 50;
    const COLUMNS = 60;
    const anchorOf = ([ref, anchor]) => anchor || (ref.startsWith("sa:") ? `account-${ref.slice(3)}`
      : ref.startsWith("group:") ? `group-${ref.slice(6)}` : `person-${ref}`);
    const subject = (row) => data.subjects[row[0]];
    const cells = (row) => data.cells[row[2]];
    const profiles = new Map(data.profiles.map((profile) => [profile[0], profile]));
    const linked = (name, to) => {
      const link = made("a");
      link.href = `#${to}`;
      link.append(made("bdi", name));
      return link;
    };
    const tones = { yes: "t-yes", no: "t-no", some: "t-unknown", "?": "t-unknown" };
    const word = (content) => cellOf(made("td"), made("span", content, tones[content]));
    const heading = (name, to) => {
      const cell = made("th", undefined, name.length <= 40 ? "short" : undefined);
      cell.append(linked(name, to));
      return cell;
    };
    const cellOf = (element, content) => { element.append(content); return element; };
    const plain = (name, content) => cellOf(made(name), made("bdi", content));
    const table = (label, headers, rows, className) => {
      const wrap = made("div", undefined, `wrap ${className || ""}`);
      wrap.setAttribute("role", "group");
      wrap.setAttribute("aria-label", label);
      wrap.tabIndex = 0;
      const whole = made("table");
      const head = whole.createTHead().insertRow();
      for (const header of headers) {
        const cell = header instanceof Node ? header : made("th", header);
        cell.scope = "col";
        head.append(cell);
      }
      const body = whole.createTBody();
      for (const row of rows) {
        const line = body.insertRow();
        row[0].scope = "row";
        line.append(...row);
      }
      wrap.append(whole);
      return wrap;
    };
    const put = (place, id, title, subtitle, content) => {
      const section = made("section", undefined, "part");
      section.id = id;
      const body = made("div", undefined, "body");
      const heading = made("h3");
      heading.append(made("bdi", title));
      body.append(heading, made("p", subtitle, "soft"), content);
      section.append(body);
      byId(place).replaceChildren(section);
      return section;
    };
    const profilePart = ([id, name, headline, rows]) => put("drawn-profile", id, name, headline,
      table(`Members of ${name}`, data.headers, rows.map((row) => [
        heading(subject(row)[0], anchorOf(subject(row))),
        ...[cells(row)[RELATION], cells(row)[ROLE], row[1]].map((content) => plain("td", content)),
        ...[KUBECTL, KUBEFLOW, MESH].map((at) => word(cells(row)[at])),
        plain("td", cells(row)[NOTE]),
      ])));
    const personPart = (id) => {
      const number = data.subjects.findIndex((each) => anchorOf(each) === id);
      if (number < 0) return null;
      const held = data.profiles.flatMap((profile) => profile[3].filter((row) => row[0] === number).map((row) => [profile, row]));
      const name = data.subjects[number][0];
      const headers = ["Where", "As", "Level", "Role", "Binding"];
      return put("drawn-person", id, name, held.length === 1 ? "1 binding" : `${held.length} bindings`,
        table(`Where ${name} has access`, headers, held.map(([profile, row]) => [
          heading(profile[1], profile[0]),
          ...[RELATION, LEVEL, ROLE].map((at) => plain("td", cells(row)[at])),
          plain("td", row[1]),
        ])));
    };
    draw = (id) => (profiles.has(id) ? profilePart(profiles.get(id)) : /^(person|group|account)-/.test(id) ? personPart(id) : null);
    const haystacks = new Map();
    const haystack = (profile) => {
      if (!haystacks.has(profile[0])) {
        haystacks.set(profile[0], [profile[1], ...profile[3].map((row) => subject(row)[0])].join(" ").toLowerCase());
      }
      return haystacks.get(profile[0]);
    };
    redraw = (words) => {
      const fits = data.profiles.filter((profile) => words.every((word) => haystack(profile).includes(word)));
      const people = new Set();
      const rows = [];
      for (const profile of fits.slice(0, ROWS)) {
        const own = profile[3].filter((row) => cells(row)[RELATION] !== "own account").map((row) => row[0]);
        if (rows.length && new Set([...people, ...own]).size > COLUMNS) break;
        for (const number of own) people.add(number);
        rows.push(profile);
      }
      const columns = [...people].slice(0, COLUMNS);
      const more = people.size - columns.length;
      const headers = ["Profile", ...columns.map((number) => {
        const header = made("th", undefined, "who");
        const turned = made("span");
        turned.append(linked(data.subjects[number][0], anchorOf(data.subjects[number])));
        header.append(turned);
        return header;
      }), ...(more ? [`everybody else (${more})`] : [])];
      const lines = rows.map((profile) => {
        const by = new Map(profile[3].map((row) => [row[0], row]));
        const others = [...by.keys()].filter((number) => people.has(number) && !columns.includes(number)).length;
        return [heading(profile[1], profile[0]), ...columns.map((number) => {
          const row = by.get(number);
          if (!row) return made("td");
          const word = cells(row)[LEVEL];
          const cell = made("td", word, `m w${data.weights[word] || 0}${cells(row)[CROSSES] ? " x" : ""}`);
          cell.title = `${cells(row)[RELATION]}: ${cells(row)[ROLE]} by ${row[1]}`;
          return cell;
        }), ...(more ? [made("td", others ? String(others) : "", "m")] : [])];
      });
      const rest = fits.length - rows.length;
      byId("drawn-matrix").replaceChildren(
        table("Profiles by people", headers, lines, "matrix"),
        made("p", rest > 0 ? `${rest} more profiles: search for a name` : "", "soft"),
      );
    };
    setTimeout(() => redraw([]));
  }

  addEventListener("hashchange", arrive);
  arrive();
})();
