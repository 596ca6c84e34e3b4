// The map of a search: Leaflet with pins, a chart drawn from coordinates where there is no tile server, and an area that
// is drawn with mouse, finger or keyboard. The page works without it: the server draws the same map, standing still.
"use strict";
(() => {
  if (window.listingMaps) return void window.listingMaps(); // every new fragment brings this script along
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const say = (words) => { const live = document.getElementById("live"); if (live) live.textContent = words; };
  const tell = (words) => document.dispatchEvent(new CustomEvent("toast", { detail: { value: words } }));
  const count = (n, word, words) => `${n} ${n === 1 ? word : words}`;
  const namespace = document.createRange().createContextualFragment("<svg></svg>").firstChild.namespaceURI;
  const svg = (name, attributes = {}, text = "") => {
    const el = document.createElementNS(namespace, name);
    for (const [key, value] of Object.entries(attributes)) el.setAttribute(key, value);
    if (text) el.textContent = text;
    return el;
  };
  const readPoints = (text) => (text || "").split(" ").filter(Boolean).map((pair) => pair.split(",").map(Number));
  const writePoint = (p) => `${L.Util.formatNum(p.lat, 5)},${L.Util.formatNum(p.wrap().lng, 5)}`;

  // Leaflet and its stylesheet come with the first map, be it part of the page or of a fragment.
  let loading = null;
  const bring = (name, attributes) => new Promise((ok, no) => {
    const el = document.createElement(name);
    Object.assign(el, attributes, { onload: ok, onerror: () => { loading = null; el.remove(); no(); } });
    document.head.append(el);
  });
  const leaflet = ({ leaflet, leafletCss }) => loading ??= Promise.all([bring("script", { src: leaflet }), bring("link", { rel: "stylesheet", href: leafletCss })]);

  // The chart. Steps are seconds of arc; lines stand at least 90 pixels apart. As app/web/map_sketch.go draws it.
  const steps = [108000, 36000, 18000, 7200, 3600, 1800, 1200, 600, 300, 120, 60, 30, 10, 5, 2, 1];
  const degrees = (seconds, positive, negative) => {
    const whole = Math.round(Math.abs(seconds));
    const two = (n) => String(n).padStart(2, "0");
    let words = `${Math.floor(whole / 3600)}°`;
    if (whole % 3600) words += `${two(Math.floor(whole / 60) % 60)}′`;
    if (whole % 60) words += `${two(whole % 60)}″`;
    return `${words} ${seconds < 0 ? negative : positive}`;
  };
  const chart = (map) => {
    map.createPane("chart").style.zIndex = 150;
    const root = svg("svg", { class: "chart-under", "aria-hidden": "true" }), frame = svg("svg", { class: "chart chart-over", "aria-hidden": "true" });
    const layer = L.svgOverlay(root, map.getBounds(), { pane: "chart" }).addTo(map);
    map.getContainer().append(frame);
    let towns = [], pins = [];
    const step = () => {
      const perDegree = 256 * 2 ** map.getZoom() / 360;
      return steps.filter((s) => s / 3600 * perDegree >= 90).pop() ?? steps[0];
    };
    const meridians = function* (box, s) { for (let n = Math.floor(box.getWest() * 3600 / s); n * s / 3600 < box.getEast(); n++) yield n; };
    const parallels = function* (box, s) { for (let n = Math.floor(Math.max(-85, box.getSouth()) * 3600 / s); n * s / 3600 < Math.min(85.05, box.getNorth()); n++) yield n; };
    const ground = () => {
      const size = map.getSize(), pad = size.multiplyBy(.5), wide = size.x * 2, high = size.y * 2;
      const box = L.latLngBounds(map.containerPointToLatLng([-pad.x, high - pad.y]), map.containerPointToLatLng([wide - pad.x, -pad.y]));
      const at = (lat, lon) => map.latLngToContainerPoint([lat, lon]).add(pad), s = step();
      const lines = svg("g", { class: "chart-lines" }), names = svg("g", { class: "chart-towns" }), middle = map.getCenter();
      for (const n of meridians(box, s)) { const { x } = at(middle.lat, n * s / 3600); lines.append(svg("line", { x1: x, x2: x, y1: 0, y2: high })); }
      for (const n of parallels(box, s)) { const { y } = at(n * s / 3600, middle.lng); lines.append(svg("line", { x1: 0, x2: wide, y1: y, y2: y })); }
      const taken = pins.map((pin) => { const { x, y } = at(pin.lat, pin.lon); return pin.n > 1 ? [x - 20, y - 18, x + 20, y + 18] : [x - 28, y - 30, x + 28, y]; });
      towns.forEach((town, i) => {
        const place = at(town.Lat, town.Lon), em = i < 3 ? 17 : 13, half = town.Name.length * em * .32 + 4;
        const spot = (lower) => [place.x - half, place.y + lower - em, place.x + half, place.y + lower + em / 2];
        const free = (lower) => !taken.some((t) => { const a = spot(lower); return a[0] < t[2] && t[0] < a[2] && a[1] < t[3] && t[1] < a[3]; });
        const lower = [0, 34, -24, 52].find(free);
        if (lower === undefined) return;
        taken.push(spot(lower));
        names.append(svg("text", { class: i < 3 ? "town large" : "town", x: place.x, y: place.y + lower }, town.Name));
      });
      root.setAttribute("viewBox", `0 0 ${wide} ${high}`);
      root.replaceChildren(lines, names);
      layer.setBounds(box);
      edge();
    };
    const edge = () => {
      const { x: wide, y: high } = map.getSize(), box = map.getBounds(), s = step(), middle = map.getCenter(), width = 6;
      const cells = svg("g", { class: "chart-frame" }), words = svg("g", { class: "chart-degrees" });
      cells.append(svg("rect", { class: "paper", x: width / 2, y: width / 2, width: Math.max(0, wide - width), height: Math.max(0, high - width) }));
      const cell = (x, y, w, h) => { if (w > 0 && h > 0) cells.append(svg("rect", { x, y, width: w, height: h })); };
      for (const n of meridians(box, s)) {
        const at = (m) => map.latLngToContainerPoint([middle.lat, m * s / 3600]).x, x = at(n), from = Math.max(0, x), to = Math.min(wide, at(n + 1));
        if (x > 40 && x < wide - 40) words.append(svg("text", { class: "middle", x, y: high - width - 5 }, degrees(n * s, "E", "W")));
        if (n % 2) { cell(from, 0, to - from, width); cell(from, high - width, to - from, width); }
      }
      for (const n of parallels(box, s)) {
        const at = (m) => map.latLngToContainerPoint([m * s / 3600, middle.lng]).y, y = at(n), from = Math.max(0, at(n + 1)), to = Math.min(high, y);
        if (y > 84 && y < high - 30) words.append(svg("text", { class: "start", x: width + 6, y: y - 4 }, degrees(n * s, "N", "S")));
        if (n % 2) { cell(0, from, width, to - from); cell(wide - width, from, width, to - from); }
      }
      frame.setAttribute("viewBox", `0 0 ${wide} ${high}`);
      frame.replaceChildren(cells, words);
    };
    map.on("moveend zoomend viewreset resize", ground).on("move", edge);
    ground();
    return (some, among) => { towns = some; pins = among; ground(); };
  };

  // Whether two sides of a path cross, for each pair that is not neighbours.
  const crosses = (corners, closed) => {
    const turn = (a, b, c) => Math.sign((b.lng - a.lng) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lng - a.lng));
    const sides = corners.map((p, i) => [p, corners[(i + 1) % corners.length]]).slice(0, closed ? undefined : -1);
    return sides.some(([a, b], i) => sides.some(([c, d], j) => {
      if (j <= i + 1 || closed && i === 0 && j === sides.length - 1) return false;
      return turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b);
    }));
  };

  // Pins that would lie on each other become one of many: first come those that stand for most.
  const merge = (pins, at) => {
    const spots = [];
    for (const pin of [...pins].sort((a, b) => b.n - a.n || a.id - b.id)) {
      const { x, y: foot } = at(pin), y = pin.n > 1 ? foot : foot - 16; // a price stands above its place
      const spot = spots.find((s) => Math.abs(s.x - x) < 48 && Math.abs(s.y - y) < 28);
      if (!spot) { spots.push({ x, y, pin: { ...pin } }); continue; }
      const n = spot.pin.n + pin.n;
      spot.pin = { ...spot.pin, lat: (spot.pin.lat * spot.pin.n + pin.lat * pin.n) / n, lon: (spot.pin.lon * spot.pin.n + pin.lon * pin.n) / n, n };
    }
    return spots.map((s) => s.pin);
  };

  let live = null; // the map of this page; a renewed list takes it over as it is

  const begin = (el) => {
    el.replaceChildren();
    const map = L.map(el, { zoomControl: false, attributionControl: false, worldCopyJump: true, minZoom: 3, maxZoom: 19, maxBounds: [[-85.05, -Infinity], [85.05, Infinity]], maxBoundsViscosity: 1, bounceAtZoomLimits: false, zoomSnap: el.dataset.template ? 1 : .25 });
    L.control.zoom({ zoomInTitle: "Closer", zoomOutTitle: "Farther", position: "bottomleft" }).addTo(map);
    L.control.scale({ metric: false, position: "bottomright", maxWidth: 120 }).addTo(map);
    const cross = document.createElement("span");
    cross.className = "map-cross";
    cross.setAttribute("aria-hidden", "true");
    el.append(cross);

    const fit = () => {
      const area = readPoints(el.dataset.area), near = el.dataset.near?.split(",").map(Number), found = readPoints(el.dataset.bounds);
      if (area.length) map.fitBounds(area, { padding: [40, 40], animate: false });
      else if (near?.length === 3) map.fitBounds(L.latLng(near).toBounds(near[2] * 2 * 1609.344), { animate: false });
      else if (found.length) map.fitBounds(found, { padding: [50, 50], maxZoom: 15, animate: false });
      else map.setView([39.8, -98.6], 4, { animate: false });
    };
    fit();
    let towns = () => {};
    if (el.dataset.template) L.tileLayer(el.dataset.template, { referrerPolicy: "origin", maxZoom: 19 }).addTo(map);
    else towns = chart(map);

    // Pins. What stays where it is keeps its marker, so that nothing flickers and no focus is lost.
    const pins = new Map(), shown = L.layerGroup().addTo(map);
    let asking = null;
    const key = (pin) => `${pin.id}/${pin.n}/${pin.lat}/${pin.lon}`;
    const pinOf = (pin) => {
      const inside = document.createElement("span");
      inside.textContent = pin.n > 1 ? pin.n.toLocaleString("en-US") : pin.price;
      const marker = L.marker([pin.lat, pin.lon], { icon: L.divIcon({ className: pin.n > 1 ? "pin group" : "pin", html: inside, iconSize: null }), riseOnHover: true });
      marker.on("add", () => marker.getElement().setAttribute("aria-label", pin.n > 1 ? `${count(pin.n, "home", "homes")}, closer` : `Home, ${pin.price}`));
      marker.on("click", (e) => { if (!drawing.on) (pin.n > 1 ? closer : card)(pin, marker, e.originalEvent?.type === "keypress"); });
      return marker;
    };
    const load = async () => {
      if (!el.clientWidth) return; // on its way from one fragment to the next
      asking?.abort();
      const mine = asking = new AbortController(), box = map.getBounds();
      const place = new URLSearchParams({ south: box.getSouth(), west: Math.max(-180, box.getWest()), north: box.getNorth(), east: Math.min(180, box.getEast()) });
      if (!el.dataset.template) place.set("towns", "1");
      try {
        const answer = await fetch(`${el.dataset.pins}&${place}`, { headers: { Accept: "application/json" }, signal: mine.signal });
        if (answer.redirected) return void location.reload(); // signed out meanwhile
        const found = await answer.json();
        if (found.say) tell(found.say);
        const wanted = new Map(merge(found.pins, (pin) => map.latLngToContainerPoint([pin.lat, pin.lon])).map((pin) => [key(pin), pin]));
        for (const [k, marker] of pins) if (!wanted.has(k)) { shown.removeLayer(marker); pins.delete(k); }
        for (const [k, pin] of wanted) if (!pins.has(k)) { const marker = pinOf(pin); pins.set(k, marker); marker.home = pin.n > 1 ? 0 : pin.id; shown.addLayer(marker); }
        towns(found.towns ?? [], [...wanted.values()]);
        el.dataset.loaded = pins.size;
      } catch (e) {
        if (e.name !== "AbortError") tell("The map could not ask for its homes. Move it to try again.");
      }
    };
    map.on("moveend", load);

    // A pin's home in the corner; a pin of many opens the map, or where that leads no farther, the list.
    let from = null;
    const close = (back) => {
      const box = one("[data-map-card]");
      if (!box || box.hidden) return false;
      box.hidden = true;
      from?.getElement()?.classList.remove("here");
      if (back) from?.getElement()?.focus();
      from = null;
      return true;
    };
    const card = async (pin, marker, keyed) => {
      close();
      const box = one("[data-map-card]"), answer = await fetch(`/listings/${pin.id}/card`, { headers: { "HX-Request": "true" } }).catch(() => null);
      if (!box) return;
      if (!answer?.ok) return void tell("This home could not be shown. Try again in a moment.");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      one("[data-map-card-in]", box).replaceChildren(...page.body.childNodes);
      box.hidden = false;
      from = marker;
      marker.getElement()?.classList.add("here");
      if (keyed) one(".who", box)?.focus(); else say(one("[data-map-card-in]", box).innerText);
    };
    const closer = (pin) => {
      if (map.getZoom() < 18) return void map.setView([pin.lat, pin.lon], Math.min(map.getZoom() + 2, 18));
      const to = new URL(el.dataset.pins, location.href);
      to.pathname = "/listings";
      to.searchParams.set("near", `${pin.lat},${pin.lon},0.1`);
      to.searchParams.delete("area");
      location.assign(to);
    };
    map.on("click", () => { if (!drawing.on) close(); });

    // The place that is searched for.
    const place = L.layerGroup().addTo(map);
    const draw = () => {
      place.clearLayers();
      const area = readPoints(el.dataset.area), near = el.dataset.near?.split(",").map(Number);
      if (area.length) L.polygon(area, { className: "map-area", interactive: false }).addTo(place);
      if (near?.length === 3) L.circle([near[0], near[1]], { radius: near[2] * 1609.344, className: "map-area", interactive: false }).addTo(place);
    };

    // Drawing. corners are the truth; everything on the map is made anew from them.
    const drawing = { on: false, corners: [], closed: false, chosen: -1 };
    const shape = L.layerGroup().addTo(map), rubber = L.polyline([], { className: "map-rubber", interactive: false });
    const most = 200;
    const words = () => {
      const n = drawing.corners.length;
      if (crosses(drawing.corners, drawing.closed)) return "Two sides cross each other. Move a corner or take one away; an area can’t be searched like this.";
      if (drawing.closed) return drawing.chosen < 0 ? "Drag a corner to move it, or click one to choose and delete it." : `Corner ${drawing.chosen + 1} of ${n} is chosen.`;
      if (n === 0) return "Click or tap the first corner of the area.";
      if (n < 3) return `${count(n, "corner is", "corners are")} set. An area needs three.`;
      return `${n} corners are set. Click the first one, or Done, to finish.`;
    };
    const tools = () => {
      const panel = one("[data-map-drawing]"), idle = one("[data-map-idle]");
      if (!panel || !idle) return;
      panel.hidden = !drawing.on;
      idle.inert = drawing.on; // it keeps its room, so that the map stays where it is
      one("[data-map-do=draw]", idle).hidden = false;
      el.classList.toggle("drawing", drawing.on);
      if (!drawing.on) return;
      const wrong = crosses(drawing.corners, drawing.closed), text = one("[data-map-words]", panel);
      text.textContent = words();
      text.classList.toggle("why", wrong);
      one("[data-map-do=done]", panel).disabled = drawing.corners.length < 3 || crosses(drawing.corners, true);
      one("[data-map-do=undo]", panel).hidden = drawing.closed;
      one("[data-map-do=undo]", panel).disabled = !drawing.corners.length;
      one("[data-map-do=delete]", panel).hidden = !drawing.closed && drawing.chosen < 0;
      one("[data-map-do=delete]", panel).disabled = drawing.chosen < 0;
    };
    const outline = () => {
      const wrong = crosses(drawing.corners, drawing.closed);
      return drawing.closed ? L.polygon(drawing.corners, { className: `map-area${wrong ? " wrong" : ""}`, interactive: false })
        : L.polyline(drawing.corners, { className: `map-area open${wrong ? " wrong" : ""}`, interactive: false });
    };
    const render = () => {
      shape.clearLayers();
      if (!drawing.on) { rubber.remove(); tools(); return; }
      let line = outline().addTo(shape);
      drawing.corners.forEach((corner, i) => {
        const handle = L.marker(corner, { draggable: true, keyboard: true, zIndexOffset: 1000, icon: L.divIcon({ className: `corner${i === 0 && !drawing.closed ? " first" : ""}${i === drawing.chosen ? " here" : ""}`, iconSize: [26, 26] }) });
        handle.on("add", () => handle.getElement().setAttribute("aria-label", `Corner ${i + 1} of ${drawing.corners.length}`));
        handle.on("click", () => {
          if (i === 0 && !drawing.closed && drawing.corners.length > 2) return void finish();
          drawing.chosen = drawing.chosen === i ? -1 : i;
          render();
          say(words());
        });
        handle.on("drag", () => { drawing.corners[i] = handle.getLatLng(); shape.removeLayer(line); line = outline().addTo(shape); tools(); });
        handle.on("dragend", () => { drawing.chosen = -1; render(); say(words()); });
        handle.addTo(shape);
      });
      tools();
    };
    const add = (at) => {
      if (!drawing.on || drawing.closed) return;
      if (drawing.corners.length >= most) return void tell(`${most} corners are as many as fit.`);
      drawing.corners.push(L.latLng(at.lat, at.lng));
      drawing.chosen = -1;
      rubber.setLatLngs([]);
      render();
      say(drawing.corners.length < 3 || crosses(drawing.corners, false) ? `Corner ${drawing.corners.length}. ${words()}` : `Corner ${drawing.corners.length} is set.`);
    };
    const take = (i) => {
      if (i < 0 || i >= drawing.corners.length) return;
      drawing.corners.splice(i, 1);
      drawing.chosen = -1;
      if (drawing.corners.length < 3) drawing.closed = false;
      render();
      say(words());
    };
    const start = (keyed) => {
      close();
      const now = readPoints(el.dataset.area).map((p) => L.latLng(p));
      Object.assign(drawing, { on: true, corners: now, closed: now.length > 2, chosen: -1 });
      map.doubleClickZoom.disable();
      place.clearLayers();
      rubber.addTo(map);
      one("[data-map-drawing]").classList.toggle("keyed", keyed);
      render();
      el.focus({ preventScroll: !keyed });
      say(keyed ? `${words()} Arrow keys move the map under the cross, Enter sets a corner, Backspace takes the last one back, D is done, Escape leaves.` : words());
    };
    const stop = () => {
      Object.assign(drawing, { on: false, corners: [], closed: false, chosen: -1 });
      map.doubleClickZoom.enable();
      render();
      draw();
    };
    const finish = () => {
      if (drawing.corners.length < 3) return void say("An area needs three corners.");
      if (crosses(drawing.corners, true)) { drawing.closed = true; render(); return void say(words()); }
      const area = drawing.corners.map(writePoint).join(" ");
      el.dataset.area = area;
      delete el.dataset.near;
      stop();
      say("The area is set. Searching in it.");
      search({ area, near: "" });
      one("[data-map-do=draw]")?.focus({ preventScroll: true });
    };
    map.on("click", (e) => add(e.latlng));
    map.on("mousemove", (e) => {
      const last = drawing.corners.at(-1);
      if (drawing.on && !drawing.closed && last) rubber.setLatLngs([last, e.latlng]);
    });
    map.on("mouseout", () => rubber.setLatLngs([]));

    // While an area is drawn the keys are the drawing's own: they neither reach Leaflet nor the page.
    el.addEventListener("keydown", (e) => {
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      if (!drawing.on) { if (e.key === "Escape" && close(true)) e.stopPropagation(); return; }
      const corner = e.target.classList.contains("corner") ? all(".corner", el).indexOf(e.target) : -1;
      const far = e.shiftKey ? 160 : 40, way = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[e.key];
      if (way && corner >= 0) {
        drawing.corners[corner] = map.containerPointToLatLng(map.latLngToContainerPoint(drawing.corners[corner]).add(L.point(way).divideBy(4)));
        render();
        all(".corner", el)[corner]?.focus();
        if (crosses(drawing.corners, drawing.closed)) say(words());
      } else if (way) map.panBy(way, { animate: false });
      else if (e.key === "Enter" && corner < 0 || e.key === " " && corner < 0) add(map.getCenter());
      else if (e.key === "Backspace" || e.key === "Delete") take(corner >= 0 ? corner : drawing.chosen >= 0 ? drawing.chosen : drawing.closed ? -1 : drawing.corners.length - 1);
      else if (e.key === "d" || e.key === "D") finish();
      else if (e.key === "Escape") { stop(); say("Nothing was changed."); one("[data-map-do=draw]")?.focus(); }
      else return;
      e.preventDefault();
      e.stopPropagation();
    }, true);

    const acts = {
      draw: (e) => start(e.detail === 0),
      done: finish,
      undo: () => take(drawing.corners.length - 1),
      delete: () => take(drawing.chosen),
      cancel: () => { stop(); say("Nothing was changed."); one("[data-map-do=draw]")?.focus(); },
      close: () => close(true),
    };
    const search = (changes) => {
      const form = document.getElementById("search");
      if (!form?.matches("form")) {
        const to = new URL(el.dataset.pins, location.href);
        to.pathname = "/listings";
        to.searchParams.set("view", "map");
        for (const [name, value] of Object.entries(changes)) if (value) to.searchParams.set(name, value); else to.searchParams.delete(name);
        return void location.assign(to);
      }
      for (const [name, value] of Object.entries(changes)) {
        const fields = [...form.elements].filter((f) => f.name === name);
        if (!value) { fields.forEach((f) => f.remove()); continue; }
        const field = fields[0] ?? document.createElement("input");
        Object.assign(field, { type: "hidden", name, value });
        if (!fields[0]) { field.setAttribute("form", form.id); el.after(field); }
      }
      form.requestSubmit();
    };

    // "of the middle of the map" in the form beside the towns.
    const aim = () => {
      const select = one("[data-map-place]");
      if (!select) return;
      let here = one("option[data-here]", select);
      if (!here) {
        here = new Option("the middle of the map");
        here.dataset.here = "";
        select.options[0].after(here);
      }
      here.value = writePoint(map.getCenter());
      el.classList.toggle("aiming", here.selected);
    };
    map.on("moveend", aim);

    const renew = () => { draw(); tools(); aim(); load(); };
    renew();
    const sized = () => { if (el.clientWidth) map.invalidateSize({ animate: false }); };
    addEventListener("beforeprint", sized);
    new ResizeObserver(sized).observe(el);
    const homes = (e, on) => {
      const home = e.target.closest?.("[id^=home-]")?.id.slice(5);
      if (home) for (const marker of pins.values()) if (String(marker.home) === home) marker.getElement()?.classList.toggle("over", on);
    };
    for (const [name, on] of [["mouseover", true], ["focusin", true], ["mouseout", false], ["focusout", false]]) document.addEventListener(name, (e) => homes(e, on));
    document.addEventListener("change", (e) => { if (e.target.matches("[data-map-place]")) aim(); });
    document.addEventListener("submit", (e) => {
      if (!e.target.matches("[data-map-near]") || !document.getElementById("search")) return;
      e.preventDefault();
      const at = e.target.elements.place.value;
      search({ near: at && `${at},${e.target.elements.miles.value}`, area: "" });
    });
    return {
      el, acts,
      // A renewed fragment has a place for a map: this one goes there and learns what is asked for now.
      move: (to) => {
        const before = el.dataset.pins;
        to.replaceWith(el);
        for (const name of ["pins", "bounds", "area", "near", "template"]) if (name in to.dataset) el.dataset[name] = to.dataset[name]; else delete el.dataset[name];
        map.invalidateSize({ animate: false });
        const found = readPoints(el.dataset.bounds);
        if (before !== el.dataset.pins && !drawing.on && (el.dataset.near || found.length && !map.getBounds().intersects(found))) fit();
        renew();
      },
    };
  };

  const look = () => {
    const place = all("[data-map]").find((el) => el !== live?.el);
    if (!place || place.dataset.begun) return;
    if (live && !live.el.isConnected) return void live.move(place);
    place.dataset.begun = "1";
    leaflet(place.dataset).then(() => { live = begin(place); }, () => { delete place.dataset.begun; });
  };
  document.addEventListener("click", (e) => { const button = e.target.closest("[data-map-do]"); if (button && live) live.acts[button.dataset.mapDo](e); });
  document.addEventListener("keydown", (e) => { if (e.key === "Escape" && e.target.closest?.("[data-map-card]")) live?.acts.close(); });
  document.addEventListener("htmx:after:swap", look);
  window.listingMaps = look;
  look();
})();
