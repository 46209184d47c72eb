// The only script of ours: error summaries take the focus, and an htmx request that fails says why.
(() => {
  "use strict";
  const messages = document.getElementById("messages");

  function say(sentence) {
    const message = document.createElement("div");
    message.className = "message tone-bad icon-alert";
    message.textContent = sentence;
    messages.replaceChildren(message);
    messages.scrollIntoView({ block: "nearest" });
  }

  function focusOnProblem(root) {
    root.querySelector(".problem")?.focus();
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

  focusOnProblem(document);
  document.body.addEventListener("htmx:afterSwap", (event) => focusOnProblem(event.detail.target));
  document.body.addEventListener("htmx:beforeSwap", keepPageWhenSignedOut);
  document.body.addEventListener("htmx:responseError", sayWhyItFailed);
  document.body.addEventListener("htmx:sendError", () => say(messages.dataset.failed));
})();
