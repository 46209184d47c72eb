// Forms from which nothing typed is lost: a moment after each key they go to the server as a draft, and stay in this
// page until the server has it. Nothing is put into the browser's storage, because a workstation is shared.
(() => {
  "use strict";
  if (!window.htmx) return;
  const known = new WeakSet();

  function keepWhatIsTypedIn(form) {
    known.add(form);
    const verdict = document.querySelector(form.dataset.draft);
    const state = form.querySelector(".draft-state");
    const signIn = document.getElementById("messages").dataset.signIn;
    const me = `${performance.timeOrigin.toString(36)}-${Math.random().toString(36).slice(2)}`;
    const saves = form.hasAttribute("hx-post") || "saves" in form.dataset;
    const PAUSE = 2000, RETRY = 3000;
    let typed = 0, sent = 0, kept = 0, turn = 0, typing = "", byPointer = false, leaving = null, onItsWay = false, asked = false, flying = false, pausing, retrying;

    function tell(what, sentence = state.dataset[what]) {
      state.dataset.state = what;
      state.querySelector("span").textContent = sentence;
    }

    function keep() {
      asked = true;
      htmx.trigger(form, "settled");
    }

    // A value is judged when it is complete: once its field is left, or nothing was typed for a while.
    function settle() {
      clearTimeout(pausing);
      if (!typing) return;
      typing = "";
      keep();
    }

    form.addEventListener("pointerdown", () => { byPointer = true; }, true);
    form.addEventListener("keydown", () => { byPointer = false; }, true);
    form.addEventListener("input", ({ target }) => {
      typed += 1;
      leaving = null;
      clearTimeout(pausing);
      const clicked = byPointer && target.matches("select, [type=radio], [type=checkbox]");
      typing = clicked || target !== document.activeElement ? "" : target.name;
      if (typing) pausing = setTimeout(settle, PAUSE);
    });
    form.addEventListener("focusout", ({ target, relatedTarget }) => {
      if (target.name === typing && relatedTarget?.name !== typing) settle();
    });

    verdict.addEventListener("htmx:configRequest", (event) => {
      if (onItsWay) return event.preventDefault();
      sent = typed;
      asked = false;
      flying = true;
      turn += 1;
      Object.assign(event.detail.parameters, { window: me, turn, typing });
    });
    verdict.addEventListener("htmx:beforeSwap", (event) => {
      if (!signedOut(event.detail.xhr)) return;
      event.detail.shouldSwap = false;
      event.stopPropagation();
    });
    for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
      verdict.addEventListener(failure, (event) => event.stopPropagation());
    }
    verdict.addEventListener("htmx:afterRequest", ({ detail: { successful, xhr } }) => {
      flying = false;
      if (successful && !signedOut(xhr)) return isKept();
      const refusal = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector(".refusal");
      if (refusal) return isRefused(refusal.textContent);
      tryAgain(signedOut(xhr) ? "signedOut" : "unreachable");
    });

    function signedOut(answer) {
      const address = answer.responseURL ?? answer.url;
      return Boolean(address) && new URL(address).pathname === signIn;
    }

    // A case report form can still be saved: the answer shows what somebody else saved meanwhile beside what was typed.
    function isRefused(sentence) {
      const button = saves && leaving;
      leaving = null;
      tell("refused", sentence);
      if (!button) return;
      kept = typed;
      form.requestSubmit(button);
    }

    function isKept() {
      kept = sent;
      if (typed > 0) tell("kept");
      if (!leaving || kept < typed || asked) return;
      const button = leaving;
      leaving = null;
      form.requestSubmit(button);
    }

    function tryAgain(why) {
      tell(why);
      clearTimeout(retrying);
      retrying = setTimeout(reconnect, RETRY);
    }

    // Whoever signed in again has a new token; the page is asked for it before the draft is sent once more.
    async function reconnect() {
      clearTimeout(retrying);
      if (!form.isConnected) return;
      const answer = await fetch(location.pathname).catch(() => null);
      if (!answer?.ok) return tryAgain("unreachable");
      if (signedOut(answer)) return tryAgain("signedOut");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.body.setAttribute("hx-headers", page.body.getAttribute("hx-headers"));
      const token = page.querySelector("[name=csrfmiddlewaretoken]").value;
      document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((input) => { input.value = token; });
      keep();
    }

    window.addEventListener("online", () => isOpenStill() && reconnect());
    document.addEventListener("visibilitychange", () => !document.hidden && isOpenStill() && reconnect());
    window.addEventListener("beforeunload", (event) => isOpenStill() && event.preventDefault());

    // Is something in this form not on the server yet? A form that was saved is no longer on the page.
    function isOpenStill() {
      return form.isConnected && kept < typed;
    }

    // One button answers what is still open in a group, and hands the focus on to what comes after it.
    form.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-answers]");
      if (!button) return;
      const answers = Object.entries(JSON.parse(button.dataset.answers));
      for (const [name, value] of answers) answer(form.elements[name], value);
      form.dispatchEvent(new Event("input", { bubbles: true }));
      const last = [...form.elements].filter((one) => answers.some(([name]) => name === one.name)).at(-1);
      [...form.elements].find((one) => follows(last, one) && isOpen(one))?.focus();
    });

    function isOpen(one) {
      return one.matches("input, select, textarea, .btn-primary") && one.checkVisibility()
        && !(one.name && form.elements[one.name].value);
    }

    function answer(control, value) {
      if (control.value) return;
      control.value = value;
    }

    function follows(one, other) {
      return one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
    }

    // T is today and Y yesterday at the study site, whatever the clock of the workstation says.
    form.addEventListener("keydown", (event) => {
      const days = { t: 0, y: 1 }[event.key.toLowerCase()];
      if (days === undefined || event.target.type !== "date" || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const day = new Date(form.dataset.today);
      day.setUTCDate(day.getUTCDate() - days);
      event.target.valueAsDate = day;
      event.target.dispatchEvent(new Event("input", { bubbles: true }));
    });

    // What only some are asked unfolds for them.
    function unfold() {
      for (const part of form.querySelectorAll("[data-open-when]")) {
        const [name, value] = part.dataset.openWhen.split("=");
        if (form.elements[name].value === value) part.open = true;
      }
      for (const source of form.querySelectorAll("[name^=own_source__]")) {
        if (source.value) source.closest("details").open = true;
      }
      form.querySelectorAll("[data-counts-on]").forEach(askForTime);
    }

    // The time of a procedure counts on the day of consent, unless it was routine care.
    function askForTime(time) {
      const [day, on] = time.dataset.countsOn.split("=");
      const [sources, care] = time.dataset.countsUnless.split("=");
      const source = sources.split(" ").map((name) => form.elements[name].value).find(Boolean);
      time.closest(".field").hidden = form.elements[day].value !== on || source === care;
    }
    form.addEventListener("input", unfold);
    unfold();

    // Saving waits until everything is on the server: a form sent into the void would be lost. It is sent once.
    // Heard on its way down, because htmx listens at the form.
    document.addEventListener("submit", (event) => {
      if (event.target !== form) return;
      if (kept === typed && !asked && !flying && !onItsWay) {
        onItsWay = true;
        setTimeout(() => { onItsWay = false; }, RETRY);
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      if (onItsWay) return;
      leaving = event.submitter;
      typing = "";
      if (kept < typed) keep();
    }, true);
  }

  // Forms that htmx brings later come with what they need, too.
  const forms = (root) => [root, ...root.querySelectorAll("form[data-draft]")].filter((one) => one.matches?.("form[data-draft]"));
  forms(document.documentElement).forEach(keepWhatIsTypedIn);
  document.body.addEventListener("htmx:afterSettle", ({ target }) => {
    forms(document.getElementById(target.id) ?? target).filter((one) => !known.has(one)).forEach(keepWhatIsTypedIn);
  });
})();
