// On every page: error summaries take the focus, a saved section hands it on, dates are repeated in
// words, and an htmx request that fails says why.
(() => {
  "use strict";
  const messages = document.getElementById("messages");

  function say(sentence) {
    const message = document.createElement("div");
    message.className = "said message tone-bad icon-alert";
    message.textContent = sentence;
    messages.replaceChildren(message);
    messages.scrollIntoView({ block: "nearest" });
  }

  function focusOnProblem(root) {
    root.querySelector(".problem")?.focus();
  }

  // A section of a visit folds when it is saved; its button is gone, so go on with the next one that is open.
  function goOnAfter(section) {
    if (!section?.matches("details.section:not([open])")) return;
    const next = document.querySelector(`#${section.id} ~ .section[open] > summary`);
    (next ?? section.querySelector("summary")).focus();
  }

  function sayWhyItFailed(event) {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    say(page.querySelector(".refusal")?.textContent ?? messages.dataset.failed);
  }

  // htmx follows the redirect to the sign-in page; swapping that in would destroy what was typed.
  function keepPageWhenSignedOut(event) {
    const { xhr } = event.detail;
    if (!xhr.responseURL || new URL(xhr.responseURL).pathname !== messages.dataset.signIn) return;
    event.detail.shouldSwap = false;
    say(messages.dataset.signedOut);
  }

  // A browser shows a date in its own order, whatever the page's language: 02/03 must not pass for 03/02,
  // nor 02:05 for 14:05.
  const language = document.documentElement.lang;
  const words = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC",
  });

  function writeInWords(input) {
    if (!input.nextElementSibling?.matches(".date-in-words")) {
      input.insertAdjacentHTML("afterend", '<output class="date-in-words"></output>');
    }
    const [date, time] = input.value.split("T");
    const parts = [date && words.format(new Date(date)), time];
    input.nextElementSibling.value = parts.filter(Boolean).join(", ");
  }

  const dates = "input[type=date], input[type=datetime-local]";
  document.querySelectorAll(dates).forEach(writeInWords);
  document.addEventListener("input", (event) => event.target.matches(dates) && writeInWords(event.target));
  document.addEventListener("htmx:load", (event) => event.detail.elt.querySelectorAll(dates).forEach(writeInWords));

  focusOnProblem(document);
  document.body.addEventListener("htmx:afterSwap", (event) => {
    messages.querySelector(".said")?.remove();
    const swapped = document.getElementById(event.detail.target.id) ?? event.detail.target;
    focusOnProblem(swapped);
    goOnAfter(swapped);
  });
  document.body.addEventListener("htmx:beforeSwap", keepPageWhenSignedOut);
  document.body.addEventListener("htmx:responseError", sayWhyItFailed);
  document.body.addEventListener("htmx:sendError", () => say(messages.dataset.failed));
})();
