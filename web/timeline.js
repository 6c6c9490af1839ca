// SPDX-License-Identifier: MIT
// A charging session over its time: voltage, current and state of charge, what the power stage did, what
// was said. Drawn in the width that there is; a slider, or the pointer, reads a moment of it.
import { el, setText, svg } from "./dom.js";
import { capital, power } from "./format.js";

/**
 * @typedef {import("./api.js").Session} Session
 * @typedef {{t_ms: number}} Moment
 * @typedef {{from: number, to: number}} Span
 * @typedef {(t_ms: number) => number} Scale to a place in the picture
 */

const MARGIN = { left: 52, right: 14, top: 20 };
const PANEL = { height: 80, gap: 26 };
const LANE = { height: 20, gap: 8 };
/** Room for the times under everything. */
const AXIS_HEIGHT = 22;
const LETTER_WIDTH = 6.8;

/** States of the power stage in which energy flows. */
const CHARGES = new Set(["ON", "AC_ON"]);
/** Those in which the contactor conducts; a session may begin while the one before runs down. */
export const CONDUCTS = new Set(["ON", "AC_ON", "RAMPING_DOWN"]);

/** @type {Record<string, string>} how a state is coloured */
const STATE_KINDS = {
  PROBING: "prepares",
  TESTING: "prepares",
  DISCHARGING: "prepares",
  TESTED: "prepares",
  PRE_CHARGING: "prepares",
  CLOSING: "prepares",
  ON: "charges",
  AC_ON: "charges",
  RAMPING_DOWN: "charges",
  FAULT: "fault",
};

/** "PRE_CHARGING" as people write it. @param {string} name */
export const words = (name) => capital(name.toLowerCase().replaceAll("_", " "));

/**
 * A moment of the session: "0:42.3", "12:05", "1:02:30".
 * @param {number} t_ms
 */
export function clock(t_ms) {
  const s = Math.max(0, t_ms) / 1000;
  const minutes = Math.floor(s / 60);
  if (minutes >= 60) {
    return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(Math.floor(s % 60))}`;
  }
  return minutes >= 10 ? `${minutes}:${two(Math.floor(s % 60))}` : `${minutes}:${(Math.floor(s * 10) / 10 % 60).toFixed(1).padStart(4, "0")}`;
}

/**
 * The same for an axis with that step: without tenths where they are all 0.
 * @param {number} t_ms
 * @param {number} step_ms
 */
const axisClock = (t_ms, step_ms) => (step_ms >= 1000 ? clock(t_ms).replace(/\.0$/, "") : clock(t_ms));

/** @param {number} n */
const two = (n) => String(n).padStart(2, "0");

/**
 * The last of the list at or before a moment; undefined before the first.
 * @template {Moment} T
 * @param {T[]} list in order
 * @param {number} t_ms
 * @returns {T | undefined}
 */
export function lastAt(list, t_ms) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].t_ms <= t_ms) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return list[low - 1];
}

/**
 * The moments as pieces that follow each other, the last one up to `end`.
 * @template {Moment} T
 * @param {T[]} list
 * @param {number} end
 * @returns {(Span & {item: T})[]}
 */
export function pieces(list, end) {
  return list.map((item, i) => ({ from: item.t_ms, to: list[i + 1]?.t_ms ?? Math.max(end, item.t_ms), item }));
}

/** The session's end, as far as it is known. @param {Session} session */
export function endOf({ duration_ms, samples, messages, states }) {
  return Math.max(1, duration_ms, samples.at(-1)?.[0] ?? 0, messages.at(-1)?.t_ms ?? 0, states.at(-1)?.t_ms ?? 0);
}

/**
 * The part of the session that a view shows.
 * @param {Session} session
 * @param {"whole" | "start" | "end"} view
 * @returns {Span}
 */
export function spanOf(session, view) {
  const end = endOf(session);
  const { states } = session;
  const first = states.findIndex(({ state }) => CHARGES.has(state));
  if (view === "start" && first >= 0) {
    return { from: 0, to: Math.min(end, Math.max(1000, states[first].t_ms * 1.25)) };
  }
  if (view === "end" && first >= 0) {
    const last = states.map(({ state }) => CONDUCTS.has(state)).lastIndexOf(true);
    const turn = states[last + 1]?.t_ms ?? end;
    return { from: Math.max(0, turn - Math.max(2000, end - turn)), to: end };
  }
  return { from: 0, to: end };
}

/**
 * Round values from 0 up to at least `most`: [0, 200, 400].
 * @param {number} most
 */
export function roundValues(most) {
  const size = 10 ** Math.floor(Math.log10(Math.max(most, 1e-9) / 2));
  const step = size * ([1, 2, 2.5, 5, 10].find((factor) => factor * size * 2 >= most) ?? 10);
  return [0, step, 2 * step];
}

const TIME_STEPS_MS = [100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5];

/**
 * Round moments in a span, at least `room` pixels apart.
 * @param {Span} span
 * @param {number} width
 * @param {number} [room]
 */
export function roundTimes({ from, to }, width, room = 76) {
  const step = TIME_STEPS_MS.find((ms) => (ms / (to - from)) * width >= room) ?? 144e5;
  const times = [];
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) {
    times.push(t);
  }
  return times;
}

/**
 * A polyline that breaks where a value is missing.
 * @param {[number, number | null][]} points
 * @param {Scale} x
 * @param {(v: number) => number} y
 */
export function path(points, x, y) {
  let line = "";
  let isDown = false;
  for (const [t, v] of points) {
    if (v === null) {
      isDown = false;
    } else {
      line += `${isDown ? "L" : "M"}${x(t).toFixed(1)} ${y(v).toFixed(1)}`;
      isDown = true;
    }
  }
  return line;
}

/**
 * @param {string} content
 * @param {Record<string, string | number>} attributes
 */
function text(content, attributes) {
  const node = svg("text", attributes);
  node.textContent = content;
  return node;
}

/**
 * One quantity over time.
 * @param {{name: string, unit: string, points: [number, number | null][], wanted?: [number, number | null][]}} quantity
 * @param {{x: Scale, width: number, top: number, span: Span}} place
 */
function panel({ name, unit, points, wanted }, { x, width, top, span }) {
  const inside = points.filter(([t]) => t >= span.from && t <= span.to);
  const most = Math.max(...inside.map(([, v]) => v ?? 0), ...(wanted ?? []).map(([, v]) => v ?? 0));
  const values = unit === "%" ? [0, 50, 100] : roundValues(most);
  const y = (/** @type {number} */ v) => top + PANEL.height * (1 - v / values[2]);
  return svg(
    "g",
    { class: `quantity ${name.toLowerCase().replaceAll(" ", "-")}` },
    ...values.map((v) => svg("line", { class: "rule", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(v), y2: y(v) })),
    ...values.slice(1).map((v) => text(String(v), { class: "scale", x: MARGIN.left - 6, y: y(v) + 4 })),
    text(unit, { class: "scale", x: MARGIN.left - 6, y: y(0) + 4 }),
    svg("path", { class: "wanted", "clip-path": "url(#plot)", d: path(wanted ?? [], x, y) }),
    svg("path", { class: "line", "clip-path": "url(#plot)", d: path(points, x, y) }),
    text(name, { class: "name", x: MARGIN.left, y: top - 6 }),
  );
}

/**
 * Named pieces beside each other; a name is written where it has room.
 * @param {{from: number, to: number, name: string, kind: string}[]} list
 * @param {Scale} x
 * @param {number} top
 */
function lane(list, x, top) {
  return svg(
    "g",
    { class: "lane" },
    ...list.map(({ from, to, name, kind }) => {
      const width = Math.max(1, x(to) - x(from) - 1);
      const title = svg("title");
      title.textContent = `${name}, ${clock(from)} to ${clock(to)}`;
      return svg(
        "g",
        { class: kind },
        title,
        svg("rect", { x: x(from), y: top, width, height: LANE.height, rx: Math.min(4, width / 2) }),
        ...(width > name.length * LETTER_WIDTH + 8 ? [text(name, { x: x(from) + 5, y: top + 14 })] : []),
      );
    }),
  );
}

/**
 * @param {Session} session
 * @param {Span} span
 * @returns {{states: {from: number, to: number, name: string, kind: string}[], phases: typeof states}}
 */
function lanesOf(session, span) {
  const end = endOf(session);
  const cut = (/** @type {Span & {name: string, kind: string}} */ p) => ({
    ...p,
    from: Math.max(p.from, span.from),
    to: Math.min(p.to, span.to),
  });
  const states = pieces(session.states, end)
    .map(({ from, to, item }) => cut({ from, to, name: words(item.state), kind: STATE_KINDS[item.state] ?? "rests" }))
    .filter(({ from, to }) => to > from);
  const phases = pieces(session.phases, end)
    .map(({ from, to, item }) => cut({ from, to, name: words(item.phase), kind: "phase" }))
    .filter(({ from, to }) => to > from);
  return { states, phases };
}

/** @param {Session} session */
function quantitiesOf({ samples }) {
  const column = (/** @type {number} */ i, /** @type {number} */ unit) =>
    samples.map((sample) => {
      const v = sample[i];
      return /** @type {[number, number | null]} */ ([sample[0], v === null || v === undefined ? null : v / unit]);
    });
  const hasWanted = samples.some((sample) => sample.length > 4);
  const soc = column(3, 1);
  return [
    { name: "Voltage", unit: "V", points: column(1, 1000), wanted: hasWanted ? column(4, 1000) : [] },
    { name: "Current", unit: "A", points: column(2, 1000), wanted: hasWanted ? column(5, 1000) : [] },
    ...(soc.some(([, v]) => v !== null) ? [{ name: "State of charge", unit: "%", points: soc }] : []),
  ];
}

/**
 * The picture in a width.
 * @param {Session} session
 * @param {Span} span
 * @param {number} width
 */
export function drawing(session, span, width) {
  const inner = width - MARGIN.left - MARGIN.right;
  const x = (/** @type {number} */ t) => MARGIN.left + (inner * (t - span.from)) / (span.to - span.from);
  const isInside = (/** @type {Moment} */ m) => m.t_ms >= span.from && m.t_ms <= span.to;
  const quantities = quantitiesOf(session);
  const { states, phases } = lanesOf(session, span);
  let top = MARGIN.top;
  const panels = quantities.map((quantity) => {
    const drawn = panel(quantity, { x, width, top, span });
    top += PANEL.height + PANEL.gap;
    return drawn;
  });
  const named = (/** @type {string} */ name) => text(name, { class: "scale", x: MARGIN.left - 6, y: top + 14 });
  top += LANE.gap - PANEL.gap + 8;
  const lanes = [states, phases].map((list, i) => {
    const drawn = svg("g", {}, named(i === 0 ? "Power" : "Phase"), lane(list, x, top));
    top += LANE.height + LANE.gap;
    return drawn;
  });
  const said = [
    named("Said"),
    ...session.messages
      .filter(isInside)
      .map((m) => svg("circle", { class: m.answer.startsWith("FAILED") ? "failed" : "said", cx: x(m.t_ms), cy: top + 10, r: 3 })),
  ];
  top += LANE.height + LANE.gap;
  const times = roundTimes(span, inner);
  const cursor = svg("line", { class: "cursor", y1: 0, y2: top });
  const picture = svg(
    "svg",
    { class: "timeline", width, height: top + AXIS_HEIGHT, "aria-hidden": "true" },
    ...states
      .filter(({ kind }) => kind === "charges")
      .map(({ from, to }) => svg("rect", { class: "closed", x: x(from), y: 0, width: x(to) - x(from), height: top })),
    ...times.map((t) => svg("line", { class: "rule", x1: x(t), x2: x(t), y1: 0, y2: top })),
    ...times
      .filter((t) => x(t) < width - 2 * MARGIN.right)
      .map((t) => text(axisClock(t, times[1] - times[0]), { class: "time", x: x(t), y: top + 16 })),
    svg(
      "clipPath",
      { id: "plot" },
      svg("rect", { x: MARGIN.left, y: 0, width: inner, height: top }),
    ),
    ...panels,
    ...lanes,
    ...said,
    ...session.faults.filter(isInside).map((f) => svg("line", { class: "broke", x1: x(f.t_ms), x2: x(f.t_ms), y1: 0, y2: top })),
    cursor,
  );
  return {
    picture,
    /** @param {number} t */
    point: (t) => {
      cursor.setAttribute("x1", String(x(t)));
      cursor.setAttribute("x2", String(x(t)));
    },
    /** @param {number} px from the picture's left @returns {number} */
    momentAt: (px) => Math.min(span.to, Math.max(span.from, span.from + ((px - MARGIN.left) / inner) * (span.to - span.from))),
  };
}

/**
 * What was so at a moment, in words.
 * @param {Session} session
 * @param {number} t_ms
 */
export function momentWords(session, t_ms) {
  const sample = lastAt(session.samples.map((s) => ({ t_ms: s[0], s })), t_ms)?.s;
  const state = lastAt(session.states, t_ms);
  const message = lastAt(session.messages, t_ms);
  const fault = lastAt(session.faults, t_ms);
  return [
    clock(t_ms),
    sample && `${(sample[1] / 1000).toFixed(1)} V`,
    sample && `${(sample[2] / 1000).toFixed(1)} A`,
    sample && power((sample[1] * sample[2]) / 1000),
    sample && sample[3] !== null && `${sample[3]} %`,
    state && words(state.state),
    message && `${words(message.message)}: ${message.answer}`,
    fault && `fault: ${words(fault.fault)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

const VIEWS = /** @type {["whole" | "start" | "end", string][]} */ ([
  ["whole", "All of it"],
  ["start", "Until it charges"],
  ["end", "The end"],
]);

/**
 * The picture with its slider and views; `show(session)` draws it, again when there is more.
 * @param {AbortSignal} signal
 */
export function timeline(signal) {
  const place = el("div.timeline-place");
  const readout = el("output.readout", { for: "moment" });
  const slider = /** @type {HTMLInputElement} */ (
    el("input", { id: "moment", type: "range", "aria-label": "A moment of the session", min: "0", max: "1000", value: "1000" })
  );
  /** @type {Session | null} */
  let session = null;
  let view = VIEWS[0][0];
  /** @type {ReturnType<typeof drawing> | null} */
  let drawn = null;
  const buttons = VIEWS.map(([name, label]) =>
    el(
      "button.quiet",
      {
        type: "button",
        "aria-pressed": String(name === view),
        click: () => {
          view = name;
          for (const [i, button] of buttons.entries()) {
            button.setAttribute("aria-pressed", String(VIEWS[i][0] === view));
          }
          redraw();
        },
      },
      label,
    ),
  );

  function read() {
    if (session === null || drawn === null) {
      return;
    }
    const span = spanOf(session, view);
    const t = span.from + (Number(slider.value) / 1000) * (span.to - span.from);
    const inWords = momentWords(session, t);
    drawn.point(t);
    setText(readout, inWords);
    slider.setAttribute("aria-valuetext", inWords);
  }

  function redraw() {
    const width = Math.floor(place.clientWidth);
    if (session === null || width < 100) {
      return;
    }
    drawn = drawing(session, spanOf(session, view), width);
    place.replaceChildren(drawn.picture);
    read();
  }

  slider.addEventListener("input", read);
  place.addEventListener("pointermove", (event) => {
    if (session !== null && drawn !== null) {
      const span = spanOf(session, view);
      const t = drawn.momentAt(event.clientX - place.getBoundingClientRect().left);
      slider.value = String(Math.round(((t - span.from) / (span.to - span.from)) * 1000));
      read();
    }
  });
  const observer = new ResizeObserver(redraw);
  observer.observe(place);
  signal.addEventListener("abort", () => observer.disconnect());
  return {
    parts: [el("div.ranges", { role: "group", "aria-label": "Part of the session" }, ...buttons), place, slider, readout],
    /** @param {Session} newest */
    show: (newest) => {
      session = newest;
      redraw();
    },
  };
}
