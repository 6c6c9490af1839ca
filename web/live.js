// SPDX-License-Identifier: MIT
// What the gateway pushes: the newest state of the site and of every device, and whether it is fresh.

/**
 * @typedef {import("./api.js").Site} Site
 * @typedef {import("./api.js").Device} Device
 */

/** Silence after which the page says that it is out of date. The gateway speaks every second. */
const STALE_MS = 5000;

/** Fires "site", "device" (detail: the device) and "connection". */
export class Live extends EventTarget {
  /** @type {Site | null} */
  site = null;
  /** @type {Map<string, Device>} */
  devices = new Map();
  connected = false;
  /** Real time of the newest event. */
  heard_ms = 0;
  /** @type {EventSource | null} */
  #source = null;
  /** @type {number | undefined} */
  #watch;

  start() {
    this.stop();
    const source = new EventSource("/api/events");
    this.#source = source;
    source.addEventListener("site", (event) => {
      this.site = JSON.parse(event.data);
      this.#hear();
      this.dispatchEvent(new Event("site"));
    });
    source.addEventListener("device", (event) => {
      this.#hear();
      this.takeDevice(JSON.parse(event.data));
    });
    this.#watch = window.setInterval(() => this.#check(), 1000);
  }

  stop() {
    this.#source?.close();
    this.#source = null;
    window.clearInterval(this.#watch);
  }

  /** @param {Device} device */
  takeDevice(device) {
    this.devices.set(device.id, { ...this.devices.get(device.id), ...device });
    this.dispatchEvent(new CustomEvent("device", { detail: device }));
  }

  /** The site's clock at this moment. */
  now_ms() {
    if (this.site === null) {
      return Date.now();
    }
    return this.site.now_ms + (Date.now() - this.heard_ms) * this.site.rate;
  }

  #hear() {
    this.heard_ms = Date.now();
    this.#setConnected(true);
  }

  #check() {
    if (Date.now() - this.heard_ms > STALE_MS) {
      this.#setConnected(false);
      // A browser gives up on a stream that was refused; we do not.
      if (this.#source?.readyState === EventSource.CLOSED) {
        this.start();
      }
    }
  }

  /** @param {boolean} connected */
  #setConnected(connected) {
    if (this.connected !== connected) {
      this.connected = connected;
      this.dispatchEvent(new Event("connection"));
    }
  }
}
