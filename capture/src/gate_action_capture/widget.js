/* Asks what a reader thinks of an answer. One file, no dependency, nothing loaded from elsewhere.
 *
 *   <script src="/feedback/widget.js" defer></script>
 *   <gate-feedback trace-id="..." token="..." endpoint="/feedback/v1/feedback"></gate-feedback>
 *
 * Attributes: trace-id or join-key, token, endpoint; ask ("off" | "on": may it ask for a comment by itself; default on),
 * ask-every-days (default 7: at most one such question in so many days and in this browser), lang-* for its words.
 * Events (they bubble): gate-feedback-sent with {name, identifier}, gate-feedback-failed with {status}.
 */
(() => {
  "use strict";
  const ASKED = "gate-feedback-asked";
  const WORDS = {
    question: "Was this answer helpful?",
    up: "Helpful",
    down: "Not helpful",
    comment: "Comment",
    more: "What should it have said?",
    send: "Send",
    skip: "No, thanks",
    thanks: "Thank you. Your feedback was sent.",
    failed: "This could not be sent. Please try again.",
    busy: "That was a lot at once. Please try again in a while.",
  };
  const STYLE = `
    :host { display: inline-block; font: inherit; color: inherit; }
    .row, form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
    form { margin-top: .5rem; flex-direction: column; align-items: stretch; max-width: 32rem; }
    form[hidden] { display: none; }
    button { font: inherit; min-width: 2.75rem; min-height: 2.75rem; padding: .25rem .75rem; border: 1px solid currentColor;
      border-radius: .5rem; background: transparent; color: inherit; cursor: pointer; }
    button svg { display: block; margin: auto; }
    button[aria-pressed="true"] { background: #1a5fb4; border-color: #1a5fb4; color: #fff; }
    button:focus-visible, textarea:focus-visible { outline: 3px solid #1a5fb4; outline-offset: 2px; }
    textarea { font: inherit; min-height: 4.5rem; padding: .5rem; }
    p { margin: .25rem 0 0; min-height: 1.25em; }`;

  const isRecentlyAsked = (days) => {
    try {
      const at = Number(localStorage.getItem(ASKED) || 0);
      return Date.now() - at < days * 86400000;
    } catch {
      return false; // storage is off: the person has no way to be remembered
    }
  };
  const rememberAsked = () => {
    try {
      localStorage.setItem(ASKED, String(Date.now()));
    } catch {
      /* as above */
    }
  };
  const make = (name, attributes = {}, text = "") => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  };

  // Drawn, not a character: not every machine has a font with thumbs.
  const makeThumb = (isUp) => {
    const [svg, path] = ["svg", "path"].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
    const attributes = { viewBox: "0 0 24 24", width: "24", height: "24", "aria-hidden": "true" };
    for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
    path.setAttribute("d", "M2 10h4v11H2zM8 10l4-8c1.7 0 3 1.3 3 3v4h5.5c1.1 0 2 1 1.8 2.1l-1.4 8a2 2 0 0 1-2 1.9H8z");
    path.setAttribute("fill", "currentColor");
    if (!isUp) path.setAttribute("transform", "rotate(180 12 12)");
    svg.append(path);
    return svg;
  };

  class GateFeedback extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.session = crypto.getRandomValues(new Uint32Array(4)).join("-");
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
      const row = make("div", { class: "row", role: "group", "aria-labelledby": "question" });
      row.append(make("span", { id: "question" }, this.word("question")));
      this.thumbs = [["up", true], ["down", false]].map(([key, value]) => {
        const button = make("button", { type: "button", "aria-pressed": "false", "aria-label": this.word(key) });
        button.append(makeThumb(value));
        button.addEventListener("click", () => this.rate(button, value));
        row.append(button);
        return button;
      });
      const open = make("button", { type: "button" }, this.word("comment"));
      open.addEventListener("click", () => this.openForm(open));
      row.append(open);
      this.form = this.makeForm();
      this.status = make("p", { role: "status", "aria-live": "polite" });
      root.append(row, this.form, this.status);
    }

    word(key) {
      return this.getAttribute(`lang-${key}`) || WORDS[key];
    }

    makeForm() {
      const form = make("form", { hidden: "" });
      const label = make("label", { for: "text" }, this.word("more"));
      this.text = make("textarea", { id: "text", maxlength: "4000" });
      const row = make("div", { class: "row" });
      const skip = make("button", { type: "button" }, this.word("skip"));
      skip.addEventListener("click", () => this.closeForm());
      row.append(make("button", { type: "submit" }, this.word("send")), skip);
      form.append(label, this.text, row);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.comment();
      });
      form.addEventListener("keydown", (event) => {
        if (event.key === "Escape") this.closeForm();
      });
      return form;
    }

    async rate(button, value) {
      if (button.getAttribute("aria-pressed") === "true") return;
      for (const thumb of this.thumbs) thumb.setAttribute("aria-pressed", String(thumb === button));
      if (!(await this.post({ name: "thumb", value }))) {
        button.setAttribute("aria-pressed", "false");
        return;
      }
      if (value === false && this.mayAsk()) {
        rememberAsked();
        this.openForm(button);
      }
    }

    openForm(opener) {
      this.opener = opener;
      this.form.hidden = false;
      this.text.focus();
    }

    mayAsk() {
      if (this.getAttribute("ask") === "off") return false;
      const days = Number(this.getAttribute("ask-every-days") ?? 7);
      return !isRecentlyAsked(Number.isFinite(days) ? days : 7);
    }

    async comment() {
      const comment = this.text.value.trim();
      if (comment === "" || (await this.post({ name: "comment", comment }))) this.closeForm();
    }

    closeForm() {
      this.form.hidden = true;
      this.text.value = "";
      this.opener?.focus();
    }

    async post(stated) {
      const target = this.hasAttribute("trace-id")
        ? { trace_id: this.getAttribute("trace-id") }
        : { join_key: this.getAttribute("join-key") || "" };
      let status = 0;
      try {
        const response = await fetch(this.getAttribute("endpoint") || "v1/feedback", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ ...target, ...stated, identifier: this.session, token: this.getAttribute("token") || "" }),
          credentials: "omit",
          keepalive: true,
        });
        status = response.status;
        if (response.ok) {
          const { identifier } = await response.json();
          this.tell("thanks", "gate-feedback-sent", { name: stated.name, identifier });
          return true;
        }
      } catch {
        /* no network: told below */
      }
      this.tell(status === 429 ? "busy" : "failed", "gate-feedback-failed", { status });
      return false;
    }

    tell(key, event, detail) {
      this.status.textContent = this.word(key);
      this.dispatchEvent(new CustomEvent(event, { detail, bubbles: true, composed: true }));
    }
  }

  if (!customElements.get("gate-feedback")) customElements.define("gate-feedback", GateFeedback);
})();
