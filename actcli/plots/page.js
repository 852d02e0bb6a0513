"use strict";
// Charts that one can touch. All values that are shown are texts of the page: nothing is computed here but
// where a number stands on the screen.

const NEAR = 8; // pixels: less is no drag
const LEAST = 1e-6; // of the span: no nearer
const FEW = 8; // charts that are begun at once

function svg(name, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

function html(name, attributes = {}, ...children) {
  const element = Object.assign(document.createElement(name), attributes);
  element.append(...children);
  return element;
}

/** Return at most `most` round numbers from low to high, as numbers of the fewest decimals. */
function ticks(low, high, most) {
  const room = high / 2 - low / 2;
  for (let exponent = Math.floor(Math.log10(room)) - 2; exponent < 309 && 10 ** exponent > 0; exponent++) {
    for (const step of [1, 2, 2.5, 5]) {
      const width = step * 10 ** exponent;
      const first = Math.ceil(low / width - 1e-9), last = Math.floor(high / width + 1e-9);
      if (last - first >= most) continue;
      return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * width).toPrecision(12)) + 0);
    }
  }
  return [low, high];
}

/** Return which part of the way from low to high a number stands at, without overflow. */
function share(number, [low, high]) {
  return (number / 2 - low / 2) / (high / 2 - low / 2);
}

/** Return the number at this part of the way from low to high. */
function between([low, high], part) {
  return low * (1 - part) + high * part;
}

/** Return the input of a slider, in its label; `act` is told at which of its values it stands. */
function range(slider, owners, act) {
  const values = slider.values, last = values.length - 1;
  const ends = { min: values[0], max: values[last], step: slider.step };
  const input = html("input", { type: "range", ...ends, value: values[slider.start], title: slider.help });
  input.dataset.name = slider.name;
  input.addEventListener("input", () => {
    const place = Math.round((Number(input.value) - Number(values[0])) / Number(slider.step));
    act(Math.max(0, Math.min(last, place)));
  });
  const of = html("span", { className: "of", textContent: owners });
  html("label", {}, `${slider.name} `, of, html("output"), input);
  return input;
}

/** Write the value of a slider. */
function tell(input, text) {
  input.previousElementSibling.textContent = text;
  input.setAttribute("aria-valuetext", text);
}

class Chart {
  constructor(figure) {
    this.figure = figure;
    this.data = JSON.parse(figure.querySelector("script").textContent);
    this.svg = figure.querySelector(".plot");
    this.grids = this.data.grids.map((text) => text.split(" "));
    this.places = this.data.sliders.map((slider) => slider.start);
    this.curves = this.data.graphs.flatMap((graph) => graph.orders.map((order, nth) => {
      return { graph, order, nth, name: graph.name + graph.primes[nth], shown: true };
    }));
    this.paths = [...this.svg.querySelectorAll("path")];
    this.colours = this.paths.map((path) => path.classList[0]);
    this.rows = [...figure.querySelectorAll(".readout tbody tr")];
    this.cells = [...figure.querySelectorAll(".values tbody tr")].map((row) => [...row.querySelectorAll("td")]);
    this.x = this.data.span[0] / 2 + this.data.span[1] / 2;
    this.flat = false;
    this.whole();
    this.prepare();
    this.listen();
    this.move();
    new ResizeObserver(() => this.draw()).observe(this.svg);
  }

  whole() {
    this.span = [...this.data.span];
    this.view = [...this.data.view];
    this.zoomed = false;
  }

  /** Show what works with a script alone. */
  prepare() {
    const graphs = this.data.graphs;
    this.svg.classList.add("live");
    this.figure.querySelector(".readout thead").hidden = false;
    this.rows.forEach((row, k) => {
      const box = row.querySelector("input");
      box.hidden = false;
      box.addEventListener("change", () => { this.curves[k].shown = box.checked; this.draw(); });
    });
    const tools = this.figure.querySelector(".tools");
    tools.hidden = false;
    this.back = html("button", { type: "button", textContent: "Whole picture", hidden: true });
    this.back.addEventListener("click", () => { this.whole(); this.draw(); this.svg.focus(); });
    const nearer = html("button", { type: "button", textContent: "+", ariaLabel: "Zoom in" });
    const farther = html("button", { type: "button", textContent: "\u2212", ariaLabel: "Zoom out" });
    nearer.addEventListener("click", () => this.zoom(0.5));
    farther.addEventListener("click", () => this.zoom(2));
    const hint = html("span", { className: "hint" });
    const keys = ["\u2190", "\u2192", "Esc"].map((key) => html("kbd", { textContent: key }));
    hint.append("Point at the chart, or use ", keys[0], " ", keys[1], ". Drag to zoom; ", keys[2], " goes back.");
    tools.append(hint, this.back, nearer, farther);
    const side = this.figure.querySelector(".sliders");
    side.hidden = false;
    this.sliders = this.data.sliders.map((slider, k) => {
      const owners = graphs.length > 1 ? slider.owners.join(", ") : "";
      return range(slider, owners, (place) => this.slide(k, place));
    });
    side.append(...this.sliders.map((input) => input.parentElement));
    const switches = html("div", { className: "switches" });
    const orders = [...new Set(this.curves.map((curve) => curve.order))];
    if (graphs.length > 1 && orders.length > 1) {
      for (const order of orders) {
        const { graph, nth } = this.curves.find((curve) => curve.order === order);
        const text = `all f${graph.primes[nth]}`;
        switches.append(this.toggle(text, (on) => this.show(order, on), true));
      }
    }
    switches.append(this.toggle("shade where |f\u2032| < 0.1", (on) => { this.flat = on; this.draw(); }, false));
    side.after(switches);
  }

  toggle(text, act, checked) {
    const box = html("input", { type: "checkbox", checked });
    box.addEventListener("change", () => act(box.checked));
    return html("label", {}, box, text);
  }

  show(order, on) {
    this.curves.forEach((curve, k) => {
      if (curve.order !== order) return;
      curve.shown = on;
      this.rows[k].querySelector("input").checked = on;
    });
    this.draw();
  }

  /** Move a slider; back, where it is out of bounds together with the others. Where sliders move apart, the
   * others go to their start. */
  slide(k, place) {
    const before = this.places[k];
    this.places[k] = place;
    const apart = this.data.graphs.filter((graph) => graph.apart && graph.sliders.includes(k));
    for (const other of new Set(apart.flatMap((graph) => graph.sliders))) {
      const slider = this.data.sliders[other];
      if (other === k) continue;
      this.places[other] = slider.start;
      this.sliders[other].value = slider.values[slider.start];
    }
    if (this.data.graphs.some((graph) => !graph.frames[this.place(graph)])) {
      this.places[k] = before;
      this.sliders[k].value = this.data.sliders[k].values[before];
    }
    this.move();
    this.draw();
  }

  /** Return where the frame of a graph stands, as its sliders stand. */
  place(graph) {
    if (graph.apart) {
      const moved = graph.sliders.findIndex((k) => this.places[k] !== this.data.sliders[k].start);
      const before = graph.sliders.slice(0, Math.max(0, moved));
      const count = before.reduce((sum, k) => sum + this.data.sliders[k].values.length, 0);
      return moved < 0 ? 0 : 1 + count + this.places[graph.sliders[moved]];
    }
    return graph.sliders.reduce((place, k) => place * this.data.sliders[k].values.length + this.places[k], 0);
  }

  /** Return a graph's frame, with its numbers read from their texts when they are first wanted. */
  frame(graph) {
    const frame = graph.frames[this.place(graph)];
    if (!frame.x) {
      const texts = [...this.grids[frame.grid], ...(frame.more ? frame.more.split(" ") : [])];
      const both = texts.map((text) => [Number(text), text]).sort((a, b) => a[0] - b[0]);
      frame.x = both.map((pair) => pair[0]);
      frame.texts = both.map((pair) => pair[1]);
      let last = ""; // of a text that is left out, for it is that before it
      frame.values = frame.y.map((texts) => texts.split(" ").map((text) => last = text || last));
      frame.numbers = frame.values.map((texts) => texts.map(Number));
      frame.index = new Map(frame.texts.map((text, place) => [text, place]));
    }
    return frame;
  }

  /** Write names, notes and the table as the sliders stand. */
  move() {
    const notes = [];
    this.curves.forEach((curve, k) => {
      const frame = this.frame(curve.graph);
      const name = curve.name + frame.label;
      this.rows[k].querySelector(".name").textContent = name;
      this.figure.querySelectorAll(".values thead th")[k + 1].textContent = name;
      this.data.rows.forEach((x, row) => {
        this.cells[row][k].textContent = frame.values[curve.nth][frame.index.get(x)];
      });
      notes.push(...frame.notes);
    });
    const items = [...new Set(notes)].map((text) => html("li", { textContent: text }));
    this.figure.querySelector(".notes").replaceChildren(...items);
    this.sliders.forEach((input, k) => tell(input, this.data.sliders[k].values[this.places[k]]));
    this.seek(this.x);
  }

  /** Write x and the values there, and the commands that give them. */
  read() {
    const spoken = [];
    this.curves.forEach((curve, k) => {
      const frame = this.frame(curve.graph);
      const text = frame.values[curve.nth][frame.index.get(this.point)];
      this.rows[k].querySelector("td").textContent = text;
      if (curve.shown) spoken.push(`${curve.name}${frame.label} ${text}`);
    });
    const texts = this.commands().map((textContent) => html("code", { textContent }));
    this.figure.querySelector(".commands").replaceChildren(...texts);
    this.figure.querySelector(".readout .x").textContent = this.point;
    this.svg.setAttribute("aria-valuenow", this.x);
    this.svg.setAttribute("aria-valuetext", `x = ${this.point}: ${spoken.join(", ")}`);
  }

  /** Return what to type for the values at the point: one command if no parameter stands elsewhere. */
  commands() {
    const graphs = this.data.graphs, orders = graphs[0].orders.join();
    const each = graphs.map((graph) => this.frame(graph).command), typed = graphs.map((graph) => graph.typed);
    const plain = graphs.length > 1 && each.every((command, k) => command === `act ${typed[k]}`);
    const tail = `${this.point}${orders === "0" ? "" : ` -d ${orders}`}${this.data.digits}`;
    return (plain ? [`act compare ${typed.join(" ")}`] : each).map((command) => `${command} ${tail}`);
  }

  /** Read at the point nearest to x at which every curve has a value, or so many of these points farther. */
  seek(x, steps = 0) {
    const frames = this.data.graphs.map((graph) => this.frame(graph));
    const base = frames.reduce((one, other) => other.x.length < one.x.length ? other : one);
    const common = base.texts.filter((text) => frames.every((frame) => frame.index.has(text)));
    let low = 0, high = common.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (Number(common[middle]) <= x) low = middle; else high = middle;
    }
    const nearest = x - Number(common[low]) <= Number(common[high]) - x ? low : high;
    this.point = common[Math.max(0, Math.min(common.length - 1, nearest + steps))];
    this.x = Number(this.point);
    this.read();
    if (this.width) this.drawCursor();
  }

  // --- drawing

  across(x) { return share(x, this.span) * this.width; }

  up(y) { return Math.max(-1e5, Math.min(1e5, (1 - share(y, this.view)) * this.height)); }

  /** Return the span of y: of the whole picture, up to three times as high as at the start; of a part, as
   * high as the curves are there. */
  fit() {
    if (this.data.fixed && !this.zoomed) return [...this.data.view];
    const [low, high] = this.data.view, room = Math.min(high - low, Number.MAX_VALUE);
    const found = this.zoomed ? [] : [low + 0.03 * room, high - 0.03 * room];
    for (const curve of this.curves.filter((each) => each.shown)) {
      const frame = this.frame(curve.graph);
      frame.numbers[curve.nth].forEach((y, k) => {
        if (Number.isFinite(y) && frame.x[k] >= this.span[0] && frame.x[k] <= this.span[1]) found.push(y);
      });
    }
    const ends = found.reduce(([least, most], y) => [Math.min(least, y), Math.max(most, y)], [Infinity, -Infinity]);
    const air = 0.03 * ends[1] - 0.03 * ends[0];
    if (!(air > 0)) return [...this.view];
    const least = Math.max(low - room, -Number.MAX_VALUE), most = Math.min(high + room, Number.MAX_VALUE);
    return [Math.max(ends[0] - air, least), Math.min(ends[1] + air, most)];
  }

  draw() {
    if (!this.zoomed) this.view = this.fit();
    const width = this.svg.clientWidth, height = this.svg.clientHeight;
    if (!width || !height) return;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const levels = ticks(...this.view, Math.max(3, Math.min(9, Math.floor(height / 50))));
    this.left = 16 + 8 * Math.max(...levels.map((level) => String(level).length));
    this.top = 10;
    this.width = width - this.left - 14;
    this.height = height - this.top - 30;
    const box = { x: this.left, y: this.top, width: this.width, height: this.height };
    for (const [key, value] of Object.entries(box)) this.svg.querySelector(".area").setAttribute(key, value);
    this.drawAxes(levels);
    this.drawBehind();
    this.curves.forEach((curve, k) => {
      this.paths[k].setAttribute("d", curve.shown ? this.line(this.frame(curve.graph), curve.nth) : "");
      this.paths[k].style.display = curve.shown ? "" : "none";
    });
    this.drawMarks();
    this.drawCursor();
    this.back.hidden = !this.zoomed;
  }

  drawAxes(levels) {
    const axes = this.svg.querySelector(".axes"), right = this.left + this.width, bottom = this.top + this.height;
    axes.replaceChildren();
    for (const x of ticks(...this.span, Math.max(3, Math.min(11, Math.floor(this.width / 60))))) {
      const place = this.left + this.across(x);
      axes.append(svg("line", { class: x ? "grid" : "zero", x1: place, x2: place, y1: this.top, y2: bottom }));
      axes.append(svg("text", { x: place, y: bottom + 20, "text-anchor": "middle" }, String(x)));
    }
    for (const y of levels) {
      const place = this.top + this.up(y);
      axes.append(svg("line", { class: y ? "grid" : "zero", x1: this.left, x2: right, y1: place, y2: place }));
      axes.append(svg("text", { x: this.left - 8, y: place + 5, "text-anchor": "end" }, String(y)));
    }
  }

  drawBehind() {
    const behind = this.svg.querySelector(".behind");
    behind.replaceChildren();
    let first = 0;
    for (const graph of this.data.graphs) {
      const frame = this.frame(graph), shown = this.curves.filter((curve) => curve.graph === graph && curve.shown);
      for (const [low, high] of this.flat && shown.length ? frame.flat : []) {
        const x = this.across(low), width = Math.max(0, this.across(high) - x);
        behind.append(svg("rect", { class: `flat ${this.colours[first]}`, x, width, y: 0, height: this.height }));
      }
      for (const [slope, intercept] of shown.length ? frame.lines : []) {
        const [y1, y2] = this.span.map((x) => this.up(slope * x + intercept));
        behind.append(svg("line", { class: "asymptote", x1: 0, x2: this.width, y1, y2 }));
      }
      first += graph.orders.length;
    }
  }

  /** Return the path of a curve: broken where it jumps, and where it is not finite. */
  line(frame, nth) {
    const jumps = new Map(frame.jumps[nth].map(([x, ...sides]) => [x, sides]));
    const first = Math.max(0, frame.x.findIndex((x) => x >= this.span[0]) - 1);
    let path = "", broken = true;
    const to = (x, y) => {
      path += `${broken ? "M" : "L"}${this.across(x).toFixed(2)},${this.up(y).toFixed(2)}`;
      broken = false;
    };
    for (let k = first; k < frame.x.length; k++) {
      const x = frame.x[k], sides = jumps.get(frame.texts[k]);
      if (sides) {
        if (sides[0] !== null && !broken) to(x, sides[0]);
        broken = true;
        if (sides[1] !== null) to(x, sides[1]);
      } else if (Number.isFinite(frame.numbers[nth][k])) to(x, frame.numbers[nth][k]);
      else broken = true;
      if (x > this.span[1]) break;
    }
    return path;
  }

  drawMarks() {
    const marks = this.svg.querySelector(".marks");
    marks.replaceChildren();
    const inside = (x, y) => x >= this.span[0] && x <= this.span[1] && y >= this.view[0] && y <= this.view[1];
    this.curves.forEach((curve, k) => {
      if (!curve.shown) return;
      const frame = this.frame(curve.graph), colour = this.colours[k];
      const value = (text) => frame.numbers[curve.nth][frame.index.get(text)];
      const found = [
        ...frame.kinks[curve.nth].map((text) => ["kink", Number(text), value(text)]),
        ...(curve.order ? [] : [...frame.zeros, ...frame.turns]).map((text) => ["landmark", Number(text), value(text)]),
        ...frame.spots[curve.nth].map(([x, y, open]) => [open ? "open" : "spot", x, y]).sort(),
      ];
      for (const [kind, x, y] of found) {
        if (!inside(x, y)) continue;
        const cx = this.left + this.across(x), cy = this.top + this.up(y);
        const square = { x: cx - 3, y: cy - 3, width: 6, height: 6, transform: `rotate(45 ${cx} ${cy})` };
        if (kind === "kink") marks.append(svg("rect", { class: colour, ...square }));
        else marks.append(svg("circle", { class: `${kind} ${colour}`, cx, cy, r: kind === "landmark" ? 3 : 4.5 }));
      }
    });
  }

  drawCursor() {
    this.svg.querySelector(".pointer")?.remove();
    if (this.x < this.span[0] || this.x > this.span[1]) return;
    const cx = this.left + this.across(this.x), pointer = svg("g", { class: "pointer" });
    pointer.append(svg("line", { class: "cursor", x1: cx, x2: cx, y1: this.top, y2: this.top + this.height }));
    this.curves.forEach((curve, k) => {
      const frame = this.frame(curve.graph), y = frame.numbers[curve.nth][frame.index.get(this.point)];
      if (!curve.shown || !(y >= this.view[0] && y <= this.view[1])) return;
      pointer.append(svg("circle", { class: this.colours[k], cx, cy: this.top + this.up(y), r: 4.5 }));
    });
    this.svg.append(pointer);
  }

  // --- touching

  listen() {
    Object.assign(this.svg, { tabIndex: 0 });
    this.svg.setAttribute("role", "slider");
    this.svg.setAttribute("aria-valuemin", this.data.span[0]);
    this.svg.setAttribute("aria-valuemax", this.data.span[1]);
    let from = null;
    const place = (event) => {
      const box = this.svg.getBoundingClientRect();
      const x = Math.max(0, Math.min(this.width, event.clientX - box.left - this.left));
      const y = Math.max(0, Math.min(this.height, event.clientY - box.top - this.top));
      return [x, y];
    };
    const point = (x) => this.seek(between(this.span, x / this.width));
    const frame = (to) => {
      this.svg.querySelector(".frame")?.remove();
      if (!from || !to || Math.abs(to[0] - from[0]) < NEAR) return null;
      const [x, y] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])];
      const [width, height] = [Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
      const flat = height < 3 * NEAR;
      const upright = flat ? { y: this.top, height: this.height } : { y: this.top + y, height };
      this.svg.append(svg("rect", { class: "frame", x: this.left + x, width, ...upright }));
      return [x, x + width, ...(flat ? [] : [y, y + height])];
    };
    this.svg.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch") { point(place(event)[0]); return; }
      from = place(event);
      this.svg.setPointerCapture(event.pointerId);
    });
    this.svg.addEventListener("pointermove", (event) => {
      const to = place(event);
      point(to[0]);
      frame(to);
    });
    this.svg.addEventListener("pointerup", (event) => {
      const found = frame(place(event));
      from = null;
      this.svg.querySelector(".frame")?.remove();
      if (found) this.look(...found);
    });
    this.svg.addEventListener("pointercancel", () => { from = null; this.svg.querySelector(".frame")?.remove(); });
    this.svg.addEventListener("dblclick", () => { this.whole(); this.draw(); });
    this.svg.addEventListener("keydown", (event) => this.key(event));
  }

  /** Zoom to these pixels: from left to right, and from top to bottom or as high as the curves are there. */
  look(left, right, top, bottom) {
    const x = (place) => between(this.span, place / this.width);
    const y = (place) => between(this.view, 1 - place / this.height);
    this.within([x(left), x(right)], top === undefined ? null : [y(bottom), y(top)]);
  }

  within(span, view) {
    const least = LEAST * (this.data.span[1] - this.data.span[0]);
    if (span[1] - span[0] < least) return;
    this.span = span;
    this.zoomed = true;
    this.view = view ?? this.fit();
    this.draw();
  }

  zoom(factor) {
    const [low, high] = this.data.span;
    const [half, tall] = [this.span, this.view].map(([least, most]) => (most / 2 - least / 2) * factor);
    if (half >= high / 2 - low / 2) { this.whole(); this.draw(); return; }
    const inside = this.x > this.span[0] && this.x < this.span[1] ? this.x : between(this.span, 0.5);
    const middle = Math.max(low + half, Math.min(high - half, inside));
    const shown = this.curves.find((curve) => curve.shown);
    let level = between(this.view, 0.5);
    if (shown) {
      const frame = this.frame(shown.graph), y = frame.numbers[shown.nth][frame.index.get(this.point)];
      if (Number.isFinite(y)) level = y;
    }
    const most = Number.MAX_VALUE;
    this.within([middle - half, middle + half], [Math.max(level - tall, -most), Math.min(level + tall, most)]);
  }

  key(event) {
    const far = event.shiftKey ? 10 : 1;
    const steps = { ArrowLeft: -far, ArrowDown: -far, ArrowRight: far, ArrowUp: far, PageDown: -50, PageUp: 50 };
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key in steps) this.seek(this.x, steps[event.key]);
    else if (event.key === "Home" || event.key === "End") this.seek(this.span[event.key === "End" ? 1 : 0]);
    else if (event.key === "Escape" || event.key === "0") { this.whole(); this.draw(); }
    else if (event.key === "+" || event.key === "=") this.zoom(0.5);
    else if (event.key === "-") this.zoom(2);
    else return;
    event.preventDefault();
  }
}

/** Let the sliders of bars change their pictures, and the table. */
function bars(figure) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const places = data.sliders.map((slider) => slider.start);
  const results = [...figure.querySelectorAll(".result")], rows = [...figure.querySelectorAll("tbody tr")];
  const show = () => {
    const commands = data.results.map((result, k) => {
      const frame = result.frames[result.slider === null ? 0 : places[result.slider]];
      results[k].querySelector(".title").textContent = frame.name;
      results[k].querySelector(".picture").innerHTML = frame.picture;
      figure.querySelectorAll("thead th")[1 + data.before + k].textContent = frame.name;
      rows.forEach((row, nth) => { row.querySelectorAll("td")[data.before + k].textContent = frame.texts[nth]; });
      return html("code", { textContent: frame.command });
    });
    figure.querySelector(".commands").replaceChildren(...commands);
    inputs.forEach((input, k) => tell(input, data.sliders[k].values[places[k]]));
  };
  const inputs = data.sliders.map((slider, k) => {
    const owners = data.results.length > 1 ? slider.owners.join(", ") : "";
    return range(slider, owners, (place) => { places[k] = place; show(); });
  });
  const side = figure.querySelector(".sliders");
  side.hidden = false;
  side.append(...inputs.map((input) => input.parentElement));
  show();
}

/** Show what has the text in its names, summary or formulas, in whichever spelling. */
function search(field) {
  const text = field.value.toLowerCase().replace(/[-_ ]/g, "");
  let count = 0;
  for (const found of document.querySelectorAll("[data-words]")) {
    found.hidden = !found.dataset.words.includes(text);
    count += found.matches("article") && !found.hidden;
  }
  for (const family of document.querySelectorAll("section")) {
    family.hidden = !family.querySelector("[data-words]:not([hidden])");
  }
  document.querySelector(".search output").textContent = text ? `${count} found` : "";
}

/** Let charts be touched: a few at once, of many each when it is nearly in view. */
function begin(figures) {
  const waiting = new Set(figures);
  const start = (figure) => waiting.delete(figure) && new Chart(figure);
  for (const figure of figures) figure.querySelector(".values").open = false;
  addEventListener("beforeprint", () => {
    [...waiting].forEach(start);
    for (const figure of figures) figure.querySelector(".values").open = true;
  });
  if (figures.length <= FEW) {
    const charts = figures.map(start);
    document.addEventListener("keydown", (event) => { // where nothing else has the focus, keys are a single chart's
      const keys = ["ArrowLeft", "ArrowRight", "Escape"];
      if (charts.length === 1 && event.target === document.body && keys.includes(event.key)) charts[0].key(event);
    });
    return;
  }
  const seen = (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => start(entry.target));
  const observer = new IntersectionObserver(seen, { rootMargin: "800px" });
  figures.forEach((figure) => observer.observe(figure));
}

begin([...document.querySelectorAll(".chart")]);
for (const figure of document.querySelectorAll(".barchart")) bars(figure);
const field = document.querySelector("#search");
if (field) {
  field.closest("p").hidden = false;
  field.addEventListener("input", () => search(field));
  search(field); // a browser that goes back keeps the text
}
