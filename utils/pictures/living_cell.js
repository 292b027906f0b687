// The living cell in the browser: puts numbers into the SVG that Python drew, and answers to the
// keyboard and the mouse. It draws nothing of its own and computes nothing of the LSTM.
//
// render({model, el}) needs of the model only get, set, on, off and save_changes: in a notebook that
// is the widget's, in a page without a kernel `standalone` makes one of states computed before.
//
// Sentences go through `say`; `setup.words` has those of the notebook's language. N_ marks one that
// is said later.

const N_ = (sentence) => sentence;
const WORDS = {};

function say(sentence, ...values) { // {} is the next value, {2} the third
  let next = 0;
  return (WORDS[sentence] ?? sentence).replace(/\{(\d*)\}/g,
    (_, number) => values[number === "" ? next++ : Number(number)]);
}

const ORDER = ["c_prev", "h_prev", "x", "forget_gate", "input_gate", "candidate_state",
  "output_gate", "kept", "written", "cell_state", "tc", "hidden_state"];
const STAGES = { // what happens within a step, one after the other: words, parts, numbers
  forward: [
    [N_("the gates look at x and h"), ["x", "h_prev", "forget_gate", "input_gate", "candidate_state",
      "output_gate"], ["bus", "f", "i", "g", "o", "zf", "zi", "zg", "zo"]],
    [N_("the memory is updated"), ["c_prev", "forget_gate", "input_gate", "candidate_state",
      "cell_state"], ["f", "i", "g", "kept", "written", "c"]],
    [N_("and shown through the output gate"), ["output_gate", "cell_state", "hidden_state"],
      ["o", "c", "tc", "h"]],
  ],
  backward: [
    [N_("a gradient arrives at h"), ["hidden_state", "output_gate"], ["h", "tc", "o"]],
    [N_("at c two gradients add up"), ["cell_state", "forget_gate", "input_gate", "candidate_state",
      "c_prev"], ["c", "tc", "kept", "written", "f", "i", "g"]],
    [N_("the gates hand it on to x and h"), ["forget_gate", "input_gate", "candidate_state",
      "output_gate", "x", "h_prev"], ["bus", "zf", "zi", "zg", "zo"]],
  ],
};
const GATES = { forget_gate: "f", input_gate: "i", candidate_state: "g", output_gate: "o" };
const NODES = ["x", "h_prev", "c_prev", "c", "h"];
const NAME = { zf: N_("the forget gate’s arrow"), zi: N_("the input gate’s arrow"),
  zg: N_("the candidate’s arrow"), zo: N_("the output gate’s arrow") };
const PART = { // what a part is called where it is read aloud
  c_prev: N_("previous cell state"), h_prev: N_("previous hidden state"), x: N_("input"),
  forget_gate: N_("forget gate"), input_gate: N_("input gate"),
  candidate_state: N_("candidate state"), output_gate: N_("output gate"),
  kept: N_("what is kept"), written: N_("what is written"), cell_state: N_("cell state"),
  tc: N_("tanh of the cell state"), hidden_state: N_("hidden state") };

function brief(v, backward) {
  if (v === undefined) return "";
  if (typeof v === "string") return v; // nan or inf
  if (backward && v !== 0 && Math.abs(v) < 0.005) {
    return v.toExponential(0).replaceAll("-", "−").replace("e+", "e");
  }
  return fixed(v, Math.abs(v) < 100 ? 2 : 0);
}

function fixed(v, digits) {
  const said = v.toFixed(digits);
  return (Number(said) === 0 ? said.replace("-", "") : said).replace("-", "−");
}

function exact(v) { // in an equation: three decimals, or the power of a small number
  if (!Number.isFinite(v)) return `${v}`.toLowerCase();
  return v !== 0 && Math.abs(v) < 0.0005 ? v.toExponential(1).replaceAll("-", "−") : fixed(v, 3);
}

function make(tag, attributes = {}, ...inside) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...inside);
  return node;
}

// The equation of a part with the numbers put in. `at(name)` is a number of the state, or undefined.
function equation(part, at, setup, label, t) {
  const n = (name) => (at(name) === undefined ? "?" : exact(at(name)));
  const plus = (name) => (at(name) < 0 ? `− ${exact(-at(name))}` : `+ ${n(name)}`);
  const a = GATES[part];
  if (a) {
    const curve = a === "g" ? "tanh" : "σ";
    const right = a === "g" ? Math.tanh(at("zg")) : 1 / (1 + Math.exp(-at(`z${a}`)));
    const off = !(Math.abs(right - at(a)) < 0.006); // the numbers come rounded
    return `${a} = ${curve}(U_${a} x + W_${a} h_prev + b_${a}) = ${curve}(${n(`x ${a}`)} `
      + `${plus(`h ${a}`)} ${plus(`b_${a}`)}) = ${curve}(${n(`z${a}`)}) = ${exact(right)}`
      + (off ? `. ${say("✘ Your function gives {}", n(a))}` : "");
  }
  switch (part) {
    case "kept": return `f ⊙ c_prev = ${n("f")} × ${n("c_prev")} = ${n("kept")}`;
    case "written": return `i ⊙ g = ${n("i")} × ${n("g")} = ${n("written")}`;
    case "cell_state":
      return `c = f ⊙ c_prev + i ⊙ g = ${n("kept")} ${plus("written")} = ${n("c")}`;
    case "tc": return `tanh(c) = tanh(${n("c")}) = ${n("tc")}`;
    case "hidden_state":
      return `h = o ⊙ tanh(c) = ${n("o")} × ${n("tc")} = ${n("h")}`;
    case "x":
      if (label) return say("x: “{}” is read", label);
      return !setup.single && at("x") === undefined ? say("x, the inputs of step {}", t + 1)
        : say("x = {}, the input of step {}", n("x"), t + 1);
    case "h_prev": return say("h_prev = {}, what was shown one step ago", n("h_prev"));
    default: return say("c_prev = {}, what the memory held one step ago", n("c_prev"));
  }
}

function equationBack(part, at, setup) {
  const n = (name) => (at(name) === undefined ? "?" : exact(at(name)));
  const plus = (v) => (v < 0 ? `− ${exact(-v)}` : `+ ${exact(v)}`);
  const a = GATES[part];
  const terms = (U) => ["f", "i", "g", "o"].map((g) => `dz_${g} ${U}_${g}ᵀ`).join(" + ");
  const many = setup.single ? "" : `, ${say("over all units")}`;
  if (a) {
    const other = { f: "c_prev", i: "g", g: "i", o: "tc" }[a];
    const [arrives, from] = a === "o" ? ["dh", "dh"] : ["dc", "dc_all"];
    const [slope, number] = a === "g" ? ["(1 − g²)", 1 - at("g") ** 2]
      : [`${a}(1 − ${a})`, at(a) * (1 - at(a))];
    return `dz_${a} = ${arrives} ⊙ ${other === "tc" ? "tanh(c)" : other} ⊙ ${slope} = ${n(from)} × `
      + `${n(other)} × ${exact(number)} = ${n(`dz${a}`)}`;
  }
  switch (part) {
    case "hidden_state":
      return say("dh = {}: from the loss at this step, and from the step after it", n("dh"));
    case "tc": return `d tanh(c) = dh ⊙ o = ${n("dh")} × ${n("o")} = ${n("dtc")}`;
    case "cell_state":
      return `${say("dc = dc from the step after")} + dh ⊙ o ⊙ (1 − tanh²(c)) = `
        + `${n("dc")} ${plus(at("dc_all") - at("dc"))} = ${n("dc_all")}`;
    case "kept":
      return say("a sum hands dc = {} to both its terms: this is f ⊙ c_prev’s", n("dc_all"));
    case "written":
      return say("a sum hands dc = {} to both its terms: this is i ⊙ g’s", n("dc_all"));
    case "c_prev": return `dc_prev = dc ⊙ f = ${n("dc_all")} × ${n("f")} = ${n("dc_prev")}`;
    case "h_prev": return `dh_prev = ${terms("W")}${many} = ${n("dh_prev")}`;
    default: return `${setup.single ? "dx" : say("size of dx")} = ${terms("U")}${many} = ${n("dx")}`;
  }
}

function render({ model, el }) {
  const setup = model.get("setup");
  Object.assign(WORDS, setup.words);
  // each widget loads this module anew: a count would give two of them the same ids
  const id = `living-cell-${Math.random().toString(36).slice(2)}`;
  const root = make("div", { class: "living-cell" });
  const stage = make("div", { class: "picture" });
  stage.innerHTML = model.get("picture"); // ours: drawn by utils/pictures/living_cell.py
  const svg = stage.querySelector("svg");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const groups = {};
  for (const g of svg.querySelectorAll("[data-of]")) (groups[g.dataset.of] ??= []).push(g);
  const texts = (name) => groups[name]?.[0]?.querySelector("text");
  let focus = setup.focus;
  let shownStage = null;
  let timer = null;
  let waiting = null;

  const state = () => model.get("state");
  const step = () => Math.min(model.get("step"), state().steps - 1);
  const back = () => model.get("mode") === "backward";
  const at = (name) => {
    const series = state().series[name];
    return series?.[Math.min(step(), series.length - 1)];
  };
  const wrong = (name) => {
    const flags = state().wrong[name];
    return Boolean(flags?.[Math.min(step(), flags.length - 1)]);
  };

  // --- controls ---
  const controls = make("div", { class: "controls" });
  const play = make("button", { type: "button" }, say("Play"));
  const scrub = make("input", { type: "range", min: 0, step: 1, id: `${id}-time` });
  const time = make("span", { class: "moment" });
  controls.append(play, make("label", { for: `${id}-time` }, say("time step")), scrub, time);
  if (setup.modes.length > 1) {
    const ways = make("fieldset", { class: "ways" }, make("legend", {}, say("direction")));
    for (const [mode, word] of [["forward", say("Forwards")], ["backward", say("Backwards")]]) {
      const radio = make("input", { type: "radio", name: `${id}-way`, value: mode });
      radio.checked = model.get("mode") === mode;
      radio.addEventListener("change", () => {
        shownStage = null;
        model.set("mode", mode);
        model.save_changes();
        draw();
      });
      ways.append(make("label", {}, radio, ` ${word}`));
    }
    controls.append(ways);
  }
  if (setup.units.length > 1) {
    const choose = make("select", { id: `${id}-unit` });
    for (const unit of setup.units) {
      choose.append(make("option", { value: unit }, say("unit {}", unit)));
    }
    choose.value = model.get("settings").unit;
    choose.addEventListener("change", () => ask({ unit: Number(choose.value), sliders: {} }));
    controls.append(make("span", {}, make("label", { for: `${id}-unit` }, say("shown")), " ", choose));
  }
  const sliders = make("div", { class: "sliders", role: "group", "aria-label": say("Sliders") });
  const inputs = {};
  for (const spec of setup.sliders) {
    const name = `${id}-${spec.name}`;
    const input = make("input", { type: "range", id: name, min: spec.min, max: spec.max,
      step: spec.step });
    const output = make("output", { for: name });
    input.value = spec.value;
    const tell = () => {
      output.textContent = fixed(Number(input.value), 1);
      input.setAttribute("aria-valuetext", `${spec.name} = ${output.textContent}`);
    };
    tell();
    input.addEventListener("input", () => {
      tell();
      const { sliders: moved } = model.get("settings");
      ask({ sliders: { ...moved, [spec.name]: Number(input.value) } });
    });
    inputs[spec.name] = { input, tell };
    sliders.append(make("div", {}, make("label", { for: name }, spec.label), input, output));
  }
  const said = make("p", { class: "says", role: "status" });
  const told = make("p", { class: "equation", role: "status" });
  const fault = make("p", { class: "fault", role: "alert" });
  const whose = make("p", { class: "whose" });
  whose.textContent = setup.whose.length
    ? say("Computed by {}.", setup.whose.map(([name, own]) => `${name} (${own})`).join(", ")) : "";
  const help = make("p", { class: "whose", id: `${id}-help` }, say("Point at a part of the cell, or "
    + "walk from part to part with Tab and the arrow keys, to read its equation."));

  function ask(change) { // Python computes; `show` comes when the answer is there
    const before = model.get("settings");
    model.set("settings", { ...before, ...change, move: before.move + 1 });
    model.save_changes();
    waiting ??= setTimeout(() => {
      fault.textContent = say("No kernel answers. Run this cell again to move the sliders; time, "
        + "play and equations work without one.");
    }, 5000);
  }

  // --- the picture ---
  const parts = ORDER.map((name) => svg.querySelector(`[data-part="${name}"]`))
    .filter((g) => g && lit(g.dataset.part));
  svg.removeAttribute("role");
  svg.querySelector("desc")?.remove(); // the static picture's words; this one speaks for itself
  svg.querySelector("title")?.remove(); // browsers would show it as a tooltip
  stage.setAttribute("role", "group");
  stage.setAttribute("aria-label", setup.title);
  stage.setAttribute("aria-describedby", `${id}-help`);
  for (const g of parts) {
    g.setAttribute("tabindex", g.dataset.part === focus ? 0 : -1);
    g.setAttribute("role", "img");
    g.addEventListener("mouseenter", () => look(g));
    g.addEventListener("focus", () => look(g));
    g.addEventListener("click", () => g.focus());
  }
  if (!parts.some((g) => g.getAttribute("tabindex") === "0")) parts[0].setAttribute("tabindex", 0);

  function lit(part) {
    if (part === "kept") return setup.lit.includes("forget_gate") && setup.lit.includes("c_prev");
    if (part === "written") return ["input_gate", "candidate_state"].every((p) => setup.lit.includes(p));
    return setup.lit.includes(part === "tc" ? "hidden_state" : part);
  }

  function look(g) {
    for (const other of parts) {
      other.setAttribute("tabindex", other === g ? 0 : -1);
      other.classList.toggle("looked", other === g);
    }
    focus = g.dataset.part;
    tellEquation();
  }

  function words(part) {
    const label = setup.labels?.[step()];
    if (!back()) return equation(part, at, setup, label, step());
    const name = { c_prev: "dc_prev", h_prev: "dh_prev", x: "dx" }[part] ?? `dz${GATES[part]}`;
    const yours = at(`your ${name}`);
    const judged = yours === undefined ? ""
      : `. ${wrong(name) ? say("✘ Yours gives {}", exact(yours)) : say("✔ Yours gives the same")}`;
    return equationBack(part, at, setup) + judged;
  }

  function tellEquation() {
    told.textContent = words(focus);
  }

  function put(node, text) {
    if (node && node.textContent !== text) node.textContent = text;
  }

  function draw() {
    const now = state();
    const t = step();
    const mode = model.get("mode");
    for (const name of [...NODES, "f", "i", "g", "o", "kept", "written", "tc", "zf", "zi", "zg", "zo"]) {
      const key = back() ? (["kept", "written"].includes(name) ? "dc_all" : `d${name}`) : name;
      let text = brief(at(key), back());
      if (text && back() && NODES.includes(name)) text = `d ${text}`;
      if (name === "x" && !text) text = setup.labels?.[t] ?? "…";
      put(texts(`value ${name}`), text);
    }
    const bad = [];
    for (const name of ["dc_prev", "dh_prev", "dx", "dzf", "dzi", "dzg", "dzo"]) {
      const isWrong = back() && wrong(name);
      if (isWrong) bad.push(name);
      const yours = brief(at(`your ${name}`), true);
      put(texts(`mark ${name}`), !back() || !yours ? ""
        : isWrong ? say("✘ yours {}", yours) : say("✔ yours"));
      groups[`mark ${name}`]?.[0].classList.toggle("wrong", isWrong);
      for (const g of groups[name.slice(1)] ?? []) {
        g.classList.toggle("wrong", isWrong);
        if (isWrong) g.setAttribute("stroke-dasharray", "9 6");
        else g.removeAttribute("stroke-dasharray");
      }
    }
    for (const a of Object.values(GATES)) grow(groups[`bar ${a}`]?.[0], at(a));
    now.tracks[mode].forEach((track, row) => drawTrack(track, row, t));
    const rows = now.tracks[mode].length;
    for (let row = rows; groups[`label ${row}`]; row += 1) empty(row);
    const cursor = groups.cursor[0];
    const wide = (938 - 176) / now.steps;
    cursor.setAttribute("transform", `translate(${176 + t * wide} 0)`);
    const doing = shownStage === null ? "" : `: ${say(STAGES[mode][shownStage][0])}`;
    const label = setup.labels ? `, “${setup.labels[t]}”` : "";
    const moment = say("step {} of {}", t + 1, now.steps) + label
      + (back() ? `, ${say("backwards")}` : "");
    put(texts("title"), `${setup.title}: ${moment}`);
    put(time, moment + doing);
    scrub.max = now.steps - 1;
    scrub.value = t;
    scrub.setAttribute("aria-valuetext", moment);
    put(said, now.says[Math.min(t, now.says.length - 1)] ?? judgement(bad));
    put(fault, now.fault ? say("Your function stops: {}", now.fault) : "");
    dim();
    for (const g of parts) {
      const { part } = g.dataset;
      g.setAttribute("aria-label", `${say(PART[part])}: ${words(part)}`);
    }
    tellEquation();
  }

  function judgement(bad) {
    if (!back() || !Object.keys(state().wrong).length) return "";
    if (!bad.length) {
      return say("All seven gradients of your lstm_step_backward are right at this step.");
    }
    const list = bad.map((name) => say(NAME[name.slice(1)] ?? name)).join(", ");
    return say("Your lstm_step_backward: {} of 7 gradients are right at this step. ✘ wrong: {}.",
      7 - bad.length, list);
  }

  function grow(g, height) {
    if (!g || height === undefined) return;
    const grown = Number.isFinite(height) ? height : 0;
    g.setAttribute("transform", g.getAttribute("transform").replace(/scale\(1 \S+\)/, `scale(1 ${grown})`));
  }

  function drawTrack(track, row, t) {
    put(texts(`label ${row}`), track.label);
    put(texts(`number ${row}`), brief(track.values[t], true));
    const fields = groups[`fields ${row}`][0].children;
    const bars = groups[`bars ${row}`][0].children;
    const top = 606 + 54 * row;
    const long = track.kind === "signed" ? 20 : 40;
    track.heights.forEach((height, k) => {
      const colour = `var(--cell-${track.colour})`;
      fields[k].setAttribute("fill", colour);
      fields[k].setAttribute("fill-opacity", 0.55 * Math.abs(height));
      const x = fields[k].getAttribute("x");
      bars[k].setAttribute("fill", colour);
      bars[k].setAttribute("y", -long);
      bars[k].setAttribute("height", long);
      bars[k].setAttribute("transform", `translate(${x} ${top + long}) scale(1 ${height})`);
    });
  }

  function empty(row) {
    put(texts(`label ${row}`), "");
    put(texts(`number ${row}`), "");
    for (const kind of ["fields", "bars"]) {
      for (const field of groups[`${kind} ${row}`][0].children) field.setAttribute("fill", "none");
    }
  }

  function dim() { // while it plays, what is not at work steps back
    const now = shownStage === null ? null : STAGES[model.get("mode")][shownStage];
    for (const [name, all] of Object.entries(groups)) {
      const plain = name.replace(/^(value|bar|mark) d?/, "");
      const of = { f: "forget_gate", i: "input_gate", g: "candidate_state", o: "output_gate",
        c: "cell_state", h: "hidden_state" }[plain];
      const on = !now || now[1].includes(plain) || now[2].includes(plain)
        || (name.startsWith("bar") && now[1].includes(of))
        || /^(title|inside|cursor|label|number|fields|bars)/.test(name);
      for (const g of all) g.classList.toggle("off", !on);
    }
  }

  // --- time ---
  function go(t, part = null) {
    shownStage = part;
    if (t !== model.get("step")) {
      model.set("step", t);
      model.save_changes();
    }
    draw();
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = say("Play");
    for (const live of [said, told]) live.setAttribute("aria-live", "polite");
  }

  function next() {
    const { steps } = state();
    const way = back() ? -1 : 1;
    const short = steps <= 12; // then each step is shown in its three stages
    if (short && shownStage !== null && shownStage < 2) return go(step(), shownStage + 1);
    const t = step() + way;
    if (t >= 0 && t < steps) return go(t, short ? 0 : null);
    stop();
    return go(step());
  }

  play.addEventListener("click", () => {
    if (timer !== null) return stop();
    const last = state().steps - 1;
    const short = last < 12;
    if (step() === (back() ? 0 : last)) go(back() ? last : 0, short ? 0 : null);
    else go(step(), short ? 0 : null);
    play.textContent = say("Pause");
    for (const live of [said, told]) live.setAttribute("aria-live", "off");
    timer = setInterval(next, short || calm.matches ? 1100 : Math.max(80, 9000 / state().steps));
    return undefined;
  });
  scrub.addEventListener("input", () => {
    stop();
    go(Number(scrub.value));
  });
  svg.addEventListener("click", (event) => {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const t = Math.floor(((place.x - 176) / (938 - 176)) * state().steps);
    if (place.y > 600 && t >= 0 && t < state().steps) {
      stop();
      go(t);
    }
  });
  stage.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const here = parts.indexOf(event.target);
    if (way === undefined || here < 0) return;
    event.preventDefault();
    parts[(here + way + parts.length) % parts.length].focus();
  });
  // A notebook would take arrow keys and letters in an output for its own. Ctrl+S is still its own.
  const ours = (event) => !event.ctrlKey && !event.metaKey;
  const keep = (event) => root.toggleAttribute("data-lm-suppress-shortcuts", ours(event));
  window.addEventListener("keydown", keep, true);
  root.addEventListener("keydown", (event) => ours(event) && event.stopPropagation());

  const answered = () => {
    clearTimeout(waiting);
    waiting = null;
    const own = state().sliders ?? {};
    for (const [name, { input, tell }] of Object.entries(inputs)) {
      if (name in own && document.activeElement !== input && Number(input.value) !== own[name]) {
        input.value = own[name];
        tell();
      }
    }
    draw();
  };
  model.on("change:state", answered);
  model.on("change:step", draw);
  model.on("change:mode", draw);
  root.append(controls, said, stage, told, fault, sliders, whose, help);
  el.append(root);
  answered();
  return () => {
    stop();
    clearTimeout(waiting);
    window.removeEventListener("keydown", keep, true);
    for (const [name, call] of [["state", answered], ["step", draw], ["mode", draw]]) {
      model.off(`change:${name}`, call);
    }
  };
}

// A page without a kernel: the model's answers were computed before. One slider moves at a time.
// eslint-disable-next-line no-unused-vars
function standalone(name) {
  const data = JSON.parse(document.querySelector(`[data-for="${name}"]`).textContent);
  for (const place of document.querySelectorAll(`[data-living-cell="${name}"]:not([data-alive])`)) {
    place.dataset.alive = "";
    place.replaceChildren();
    const values = { ...data };
    const calls = {};
    const model = {
      get: (key) => values[key],
      on: (event, call) => (calls[event] ??= []).push(call),
      off: (event, call) => { calls[event] = (calls[event] ?? []).filter((c) => c !== call); },
      set: (key, value) => { values[key] = value; },
      save_changes: () => {
        const { unit, sliders, move } = values.settings;
        if (move === values.state.move) return;
        const last = Object.keys(sliders).at(-1);
        values.settings = { unit, move, sliders: {} };
        let key = `${unit}`;
        if (last !== undefined) {
          const { min, max } = data.setup.sliders.find((spec) => spec.name === last);
          key += ` ${last} ${Math.round(((sliders[last] - min) / (max - min)) * 20)}`;
        }
        values.state = { ...data.frames[key], move };
        for (const call of calls["change:state"] ?? []) call();
      },
    };
    render({ model, el: place });
  }
}

export default { render };
