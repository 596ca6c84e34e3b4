// Porchlight's manners in the browser: keys, dialogs, toasts, chips, copying, focus. Every page works without it.
// Nothing here is looked for by name in a page's own script: there are none (the content security policy forbids them).
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const visible = (el) => el.getClientRects().length > 0;
  const say = (words) => { const live = document.getElementById("live"); if (live) live.textContent = words; };

  // Toasts leave by themselves, later if there is something to press, and never under the pointer or the focus.
  const dismissable = new WeakSet();
  const dismissLater = (toast) => {
    if (dismissable.has(toast) || "stay" in toast.dataset) return;
    dismissable.add(toast);
    const leave = () => {
      if (toast.matches(":hover, :focus-within")) return void setTimeout(leave, 2000);
      toast.classList.add("leaving");
      setTimeout(() => toast.remove(), 200);
    };
    setTimeout(leave, toast.querySelector("button, a") ? 10000 : 6000);
  };
  const toasts = document.getElementById("toasts");
  if (toasts) {
    all(".toast", toasts).forEach(dismissLater);
    new MutationObserver(() => all(".toast", toasts).forEach(dismissLater)).observe(toasts, { childList: true, subtree: true });
  }
  const toast = (words) => {
    if (!toasts || all(".toast", toasts).some((t) => t.textContent === words)) return;
    const el = document.createElement("div");
    el.className = "toast";
    el.textContent = words;
    toasts.append(el);
  };

  // Dialogs: data-opens="id", data-closes; a click beside the dialog closes it. Escape is the browser's own.
  const open = (id) => { const d = document.getElementById(id); if (d && d.showModal && !d.open) d.showModal(); };
  document.addEventListener("click", (e) => {
    const opener = e.target.closest("[data-opens]");
    if (opener) { e.preventDefault(); open(opener.dataset.opens); return; }
    if (e.target.closest("[data-closes]")) { e.target.closest("dialog")?.close(); return; }
    if (e.target instanceof HTMLDialogElement) {
      const box = e.target.getBoundingClientRect();
      if (e.clientX < box.left || e.clientX > box.right || e.clientY < box.top || e.clientY > box.bottom) e.target.close();
    }
  });

  // Keys. A row is anything with data-row; walking moves the real focus, so that readers of the screen hear it.
  const typing = (el) => el.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
  const walk = (step) => {
    const rows = all("[data-row]").filter(visible);
    if (!rows.length) return;
    const at = rows.indexOf(document.activeElement.closest("[data-row]"));
    const row = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
    if (!row.matches("a, button")) row.tabIndex = -1;
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  };
  const press = (key) => {
    const row = document.activeElement.closest("[data-row]");
    const within = (el) => row ? row.contains(el) || !el.closest("[data-row]") : !el.closest("[data-row]");
    const wanted = all("[data-key]").filter((el) => el.dataset.key === key && visible(el) && within(el));
    const el = wanted.find((w) => row?.contains(w)) || wanted[0];
    if (el) el.click();
    return Boolean(el);
  };
  document.addEventListener("keydown", (e) => {
    if (e.defaultPrevented || e.isComposing || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "Escape" && e.target.matches(".search")) { e.target.blur(); return; }
    if (typing(e.target) || document.querySelector("dialog[open]")) return;
    switch (e.key) {
      case "/": {
        const search = all("[data-search], .search").find(visible);
        if (search) { e.preventDefault(); search.focus(); search.select(); }
        return;
      }
      case "j": case "k": e.preventDefault(); walk(e.key === "j" ? 1 : -1); return;
      case "?": e.preventDefault(); open("keys"); return;
      case "Enter":
        if (e.target.matches("[data-row]:not(a, button)")) e.target.querySelector(".who[href], a[href], button")?.click();
        return;
      default: if (e.key.length === 1 && (press(e.key) || e.key === "u" && undoLast())) e.preventDefault();
    }
  });

  // A plain form is sent once: later presses find its buttons shut. htmx forms look after themselves (hx-disable).
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (e.defaultPrevented || form.method !== "post" || form.target) return;
    form.dataset.busy = "";
    setTimeout(() => all("button", form).forEach((b) => { b.disabled = true; })); // after the pressed button's value is taken
  });
  addEventListener("pageshow", (e) => {
    if (!e.persisted) return;
    if (document.querySelector(".portal-top")) location.reload(); // somebody may have signed out since
    all("form[data-busy]").forEach((form) => { delete form.dataset.busy; all("button", form).forEach((b) => { b.disabled = false; }); });
  });

  // Chosen clients as chips. The checkboxes are the truth; a chip whose checkbox a search has taken off the page keeps
  // the choice in a hidden field of its own.
  const boxes = (picks) => all("input[type=checkbox]", picks).filter((b) => !b.closest("[data-chips-out]"));
  const chipOf = (out, box) => [...out.children].find((c) => c.dataset.value === box.value && c.dataset.name === box.name);
  const addChip = (out, box) => {
    const name = box.getAttribute("aria-label") || box.closest("label")?.textContent.trim() || box.value;
    const chip = document.createElement("li"), label = document.createElement("span"), remove = document.createElement("button");
    chip.className = "chip";
    chip.dataset.value = box.value;
    chip.dataset.name = box.name;
    label.dir = "auto";
    label.textContent = name;
    remove.type = "button";
    remove.setAttribute("aria-label", "Remove " + name);
    remove.textContent = "×";
    chip.append(label, remove);
    out.append(chip);
  };
  const countChips = (picks, out) => {
    out.hidden = !out.children.length;
    all("[data-chips-count]", picks).forEach((el) => { el.textContent = out.children.length; });
  };
  const syncChips = (picks) => {
    const out = picks.querySelector("[data-chips-out]");
    if (!out) return;
    const listed = boxes(picks);
    for (const box of listed) {
      const chip = chipOf(out, box);
      if (chip) box.checked = true; else if (box.checked) addChip(out, box);
    }
    for (const chip of out.children) {
      const box = listed.find((b) => chipOf(out, b) === chip);
      const kept = chip.querySelector("input[type=hidden]");
      if (box) kept?.remove();
      else if (!kept) {
        const hidden = document.createElement("input");
        Object.assign(hidden, { type: "hidden", name: chip.dataset.name, value: chip.dataset.value });
        chip.append(hidden);
      }
    }
    countChips(picks, out);
    all("[data-chips-all]", picks).forEach((el) => { el.hidden = listed.length <= 5 && !out.children.length; });
  };
  document.addEventListener("change", (e) => {
    const picks = e.target.closest("[data-chips]"), out = picks?.querySelector("[data-chips-out]");
    if (!out || e.target.type !== "checkbox") return;
    if (e.target.checked) { if (!chipOf(out, e.target)) addChip(out, e.target); } else chipOf(out, e.target)?.remove();
    countChips(picks, out);
  });
  document.addEventListener("click", (e) => {
    const chip = e.target.closest("[data-chips-out] button")?.closest("li");
    if (!chip) return;
    const out = chip.parentElement, picks = out.closest("[data-chips]");
    const box = boxes(picks).find((b) => b.value === chip.dataset.value && b.name === chip.dataset.name);
    const next = chip.nextElementSibling || chip.previousElementSibling;
    chip.remove();
    if (box) { box.checked = false; box.dispatchEvent(new Event("change", { bubbles: true })); }
    else { countChips(picks, out); picks.dispatchEvent(new Event("change", { bubbles: true })); }
    (next?.querySelector("button") || picks.querySelector("[data-filter], .search, input"))?.focus();
  });
  document.addEventListener("click", (e) => {
    const button = e.target.closest("[data-chips-set]"), picks = button?.closest("[data-chips]");
    if (!picks) return;
    const on = button.dataset.chipsSet === "all";
    if (!on) all("[data-chips-out] > li", picks).forEach((chip) => chip.remove()); // those a search took off the page, too
    for (const box of boxes(picks)) box.checked = on && !box.disabled;
    syncChips(picks);
    picks.dispatchEvent(new Event("change", { bubbles: true }));
    say(on ? "All on this page are chosen." : "Nobody is chosen.");
  });
  const fold = (s) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  document.addEventListener("input", (e) => {
    if (!e.target.matches("[data-filter]")) return;
    const wanted = fold(e.target.value.trim());
    all(".pick", e.target.closest("[data-chips]") || document).forEach((pick) => { pick.hidden = !fold(pick.textContent).includes(wanted); });
  });
  document.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && e.target.matches("[data-filter]")) e.preventDefault(); // would send the form around it
  });

  // A letter's frame is as tall as the letter.
  const fit = (frame) => {
    const page = frame.contentDocument?.documentElement;
    if (!page) return;
    frame.style.height = "0"; // else a short letter would measure as tall as its frame
    frame.style.height = Math.min(page.scrollHeight + 2, 6000) + "px";
  };
  document.addEventListener("load", (e) => { if (e.target.matches?.("iframe[data-fit]")) fit(e.target); }, true);

  // Copying. The clipboard API is missing where the page came over plain HTTP.
  const copyText = async (words) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(words);
    const area = document.createElement("textarea");
    area.value = words;
    document.body.append(area);
    area.select();
    const ok = document.execCommand("copy");
    area.remove();
    if (!ok) throw new Error("not allowed");
  };
  document.addEventListener("click", async (e) => {
    const button = e.target.closest("[data-copy], [data-copy-text]");
    if (!button) return;
    const words = button.dataset.copyText ?? document.querySelector(button.dataset.copy)?.textContent ?? "";
    try { await copyText(words); toast("Copied."); } catch { toast("Copying is not allowed here. Select the text instead."); }
  });

  // htmx: say what went wrong; after a swap put the focus where the work is.
  document.addEventListener("toast", (event) => toast(event.detail.value));
  const polled = (ctx) => ctx?.sourceEvent?.type === "every" || ctx?.sourceEvent?.type === "load"; // nobody pressed anything
  document.addEventListener("htmx:error", (e) => polled(e.detail?.ctx) || toast("Connection lost. What you typed is still here; please try again."));
  document.addEventListener("htmx:after:swap", (e) => {
    const ctx = e.detail.ctx, target = ctx.target;
    const region = target?.isConnected ? target : (target?.id && document.getElementById(target.id)) || null;
    ready();
    const wrong = (region || document).querySelector("[aria-invalid=true]");
    if (ctx.response?.status === 422 && wrong) { wrong.focus(); return; }
    if (region?.id === "flash") { region.scrollIntoView({ block: "nearest" }); say(region.textContent.trim()); }
    if (polled(ctx)) return; // a poll must not take the focus
    if (ctx.request?.method === "POST" && queueDecided(region, ctx.sourceElement)) return;
    if (document.activeElement !== document.body || !region || region === document.body) return;
    const first = region.matches("form, :has(form)") ? all("input:not([type=hidden]), select, textarea, button", region).find(visible) : null;
    if (!first && !region.hasAttribute("tabindex")) region.tabIndex = -1;
    (first || region).focus({ preventScroll: true });
  });

  // Listings: how many homes are ticked in words, marks that follow the sentences under the fields while somebody types,
  // menus that fold when left, the strip of photos, printing.
  const listingsReady = () => {
    all("[data-counted]").forEach((el) => {
      const [one, many] = el.dataset.counted.split("|"), n = el.parentElement.querySelector("[data-chips-count]")?.textContent;
      el.textContent = n === "1" ? one : many;
    });
    all(".seek .field > .why").forEach((why) => {
      const control = why.parentElement.querySelector("input, select");
      if (why.textContent.trim()) control?.setAttribute("aria-invalid", "true"); else control?.removeAttribute("aria-invalid");
    });
  };
  document.addEventListener("change", listingsReady);
  document.addEventListener("click", (e) => {
    all("details:is(.many, .menu)[open]").forEach((menu) => { if (!menu.contains(e.target)) menu.open = false; });
    if (e.target.closest("[data-print]")) print();
    const small = e.target.closest(".gallery-strip a"), large = small && document.querySelector(small.hash);
    if (!large) return;
    e.preventDefault();
    large.parentElement.scrollTo({ left: large.offsetLeft - large.parentElement.offsetLeft, behavior: "smooth" });
  });
  document.addEventListener("keydown", (e) => {
    const menu = e.key === "Escape" && e.target.closest("details:is(.many, .menu)[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  // End of listings.

  // Concierge: how many homes are ticked, the seconds left to undo, where the focus goes after a decision, and swiping.
  const queueReady = () => {
    const n = all(".match .tick :checked").length;
    all("[data-ticks]").forEach((el) => { el.textContent = n; });
  };
  document.addEventListener("change", queueReady);
  document.addEventListener("reset", () => setTimeout(queueReady)); // after the boxes are empty
  const deadlines = new WeakMap();
  setInterval(() => all("[data-left]").forEach((el) => {
    if (!deadlines.has(el)) deadlines.set(el, Date.now() + 1000 * el.dataset.left);
    const left = Math.ceil((deadlines.get(el) - Date.now()) / 1000);
    el.textContent = left > 0 ? left + " s" : "";
  }), 1000);
  const decided = []; // ids of what has an Undo button, the latest last
  const undoLast = () => {
    for (let id = decided.pop(); id; id = decided.pop()) {
      const button = document.getElementById(id)?.querySelector("[data-undo]");
      if (button) { button.click(); return true; }
    }
    return false;
  };
  let byKey = false;
  document.addEventListener("keydown", () => { byKey = true; }, true);
  document.addEventListener("pointerdown", () => { byKey = false; }, true);
  const queueDecided = (region, source) => {
    source?.closest?.(".toast")?.remove();
    const back = all("#toasts [data-undo]").at(-1)?.closest("form");
    if (back && !back.id) { back.id = "queue-back-" + Date.now(); decided.push(back.id); }
    const row = region?.closest?.(".match");
    if (row?.querySelector("[data-undo]")) decided.push(row.id);
    if (!document.getElementById("queue") || document.activeElement !== document.body && !row?.matches(".open")) return Boolean(row);
    const rows = all(".match.open"), after = (r) => row.compareDocumentPosition(r) & Node.DOCUMENT_POSITION_FOLLOWING;
    const next = !row ? rows[0] : row.matches(".open") ? row : rows.find(after) || rows.at(-1) || row;
    if (!next) return false;
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    if (byKey) next.scrollIntoView({ block: "nearest" });
    return true;
  };
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let swipe = null;
  const swiped = (done) => {
    if (!swipe) return;
    const { row, body, dx, enough } = swipe;
    swipe = null;
    body.removeAttribute("style"); // htmx would copy an empty one, which the policy forbids
    delete row.dataset.swiping;
    row.removeAttribute("data-enough");
    if (done && enough) row.querySelector(`[data-swiped=${dx > 0 ? "right" : "left"}]`)?.click();
  };
  document.addEventListener("touchstart", (e) => {
    const row = e.target.closest("[data-swipe]"), at = e.touches[0];
    swiped(false);
    if (!row || e.touches.length > 1 || e.target.closest("input, textarea, select, details, .tick")) return;
    if (at.clientX < 24 || at.clientX > innerWidth - 24) return; // the browser's own way back
    swipe = { row, body: row.querySelector(".match-body"), x: at.clientX, y: at.clientY, dx: 0, on: false, enough: false };
  }, { passive: true });
  document.addEventListener("touchmove", (e) => {
    if (!swipe) return;
    const dx = e.touches[0].clientX - swipe.x, dy = e.touches[0].clientY - swipe.y;
    if (!swipe.on) {
      if (Math.abs(dy) > 12 && Math.abs(dy) > Math.abs(dx)) { swipe = null; return; } // scrolling
      if (Math.abs(dx) < 16) return;
      swipe.on = true;
    }
    swipe.dx = dx;
    swipe.enough = Math.abs(dx) > Math.min(140, swipe.row.clientWidth * 0.35);
    if (!calm.matches) swipe.body.style.translate = dx + "px";
    swipe.row.dataset.swiping = dx > 0 ? "yes" : "no";
    swipe.row.toggleAttribute("data-enough", swipe.enough);
  }, { passive: true });
  document.addEventListener("touchend", () => swiped(true));
  document.addEventListener("touchcancel", () => swiped(false));
  // End of concierge.

  // Portal: photos large, one beside the other, to swipe, to walk with the arrow keys and to zoom; and sharing.
  const viewer = (gallery, at) => {
    const box = document.createElement("dialog"), strip = document.createElement("div"), words = document.createElement("p");
    box.className = "viewer";
    strip.className = "viewer-strip";
    box.setAttribute("aria-label", "Photos");
    const photos = all("[data-photo]", gallery);
    for (const photo of photos) {
      const frame = document.createElement("div"), img = new Image();
      img.loading = "lazy";
      img.src = photo.href;
      img.alt = photo.querySelector("img")?.alt || "";
      frame.append(img);
      strip.append(frame);
    }
    const here = () => Math.round(strip.scrollLeft / strip.clientWidth);
    const show = (n, behavior) => strip.scrollTo({ left: Math.min(photos.length - 1, Math.max(0, n)) * strip.clientWidth, behavior });
    let last = at;
    const told = () => {
      if (strip.clientWidth) last = here();
      const now = (here() + 1) + " of " + photos.length;
      if (words.textContent !== now) words.textContent = now;
      all(".zoomed", strip).forEach((f) => { if (strip.children[here()] !== f) f.classList.remove("zoomed"); });
    };
    const zoom = (frame, x = .5, y = .5) => {
      if (!frame.classList.toggle("zoomed")) return;
      frame.scrollTo((frame.scrollWidth - frame.clientWidth) * x, (frame.scrollHeight - frame.clientHeight) * y);
    };
    const smooth = () => calm.matches ? "instant" : "smooth";
    const press = (className, label, sign, act) => {
      const b = document.createElement("button");
      b.type = "button";
      b.className = className;
      b.setAttribute("aria-label", label);
      b.textContent = sign;
      b.addEventListener("click", act);
      box.append(b);
    };
    words.setAttribute("role", "status");
    box.append(strip, words);
    if (photos.length > 1) {
      press("viewer-before", "The photo before", "\u2039", () => show(here() - 1, smooth()));
      press("viewer-after", "The next photo", "\u203a", () => show(here() + 1, smooth()));
    }
    press("viewer-close", "Close", "\u00d7", () => box.close());
    strip.addEventListener("scroll", told, { passive: true });
    strip.addEventListener("click", (e) => {
      const frame = e.target.closest(".viewer-strip > div");
      if (frame) zoom(frame, e.clientX / innerWidth, e.clientY / innerHeight);
    });
    box.addEventListener("keydown", (e) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
      const frame = strip.children[here()];
      if (step && !frame.classList.contains("zoomed")) { e.preventDefault(); show(here() + step, smooth()); }
      else if (e.key === "Home" || e.key === "End") { e.preventDefault(); show(e.key === "Home" ? 0 : photos.length, "instant"); }
      else if (e.key === "+" || e.key === "-" || e.key === "z") { if (frame.classList.contains("zoomed") !== (e.key === "+")) zoom(frame); }
    });
    box.addEventListener("close", () => { box.remove(); photos[last]?.focus({ preventScroll: true }); });
    document.body.append(box);
    box.showModal();
    show(at, "instant");
    told();
  };
  document.addEventListener("click", (e) => {
    const photo = e.target.closest("[data-gallery] [data-photo]");
    if (photo && !e.ctrlKey && !e.metaKey) { e.preventDefault(); viewer(photo.closest("[data-gallery]"), photo.dataset.photo - 1); }
    const share = e.target.closest("[data-share]");
    if (share && navigator.share && matchMedia("(pointer: coarse)").matches) {
      e.stopImmediatePropagation();
      navigator.share({ url: share.dataset.share, title: document.title }).catch(() => {}); // they thought better of it
    }
  }, true);
  document.addEventListener("keydown", (e) => {
    const row = e.target.matches?.("[data-gallery] .gallery-large") && e.target;
    if (row && e.key === "Enter") viewer(row.parentElement, Math.round(row.scrollLeft / row.clientWidth));
  });
  // End of portal.

  // A letter's page: a wheel, a touch or a key is a person's, and says that the homes are looked at. Programs that open every
  // link do none of these, and a script's own events don't count.
  const seen = document.querySelector("[data-seen]")?.dataset.seen;
  if (seen) {
    const signs = ["wheel", "touchmove", "pointerdown", "keydown"], told = new AbortController();
    const tell = (e) => {
      if (!e.isTrusted) return;
      told.abort();
      fetch(seen, { method: "POST", keepalive: true }).catch(() => {}); // a sign lost is no trouble of theirs
    };
    signs.forEach((sign) => addEventListener(sign, tell, { passive: true, signal: told.signal }));
  }
  // End of a letter's page.

  const ready = () => {
    all("[data-chips]").forEach(syncChips);
    listingsReady();
    queueReady();
    const needed = all("#nav-waiting, #nav-concierge").reduce((sum, el) => sum + (el.hidden ? 0 : Number(el.textContent)), 0);
    document.title = (needed ? `(${needed}) ` : "") + document.title.replace(/^\(\d+\) /, "");
    all("iframe[data-fit]").forEach((f) => { if (f.contentDocument?.readyState === "complete") fit(f); });
    all(".tabs [aria-current], .side [aria-current]").forEach((tab) => {
      const bar = tab.parentElement;
      if (bar.scrollWidth > bar.clientWidth) bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - bar.clientWidth / 2 + tab.offsetWidth / 2;
    });
  };
  ready();
})();
