// Opens the checkout in a window of its own and hears of the end. Put data-cross on a link or on a GET form.
// The element then gets the event "cross:end" with {order, status}: a hint, so ask your server what is true.
(function () {
  var home = new URL(document.currentScript.src).origin, opened = [];
  function open(event, element, address) {
    var url = new URL(address, location);
    if (event.defaultPrevented || url.origin !== home) return;
    url.searchParams.set("opener", location.origin);
    var shown = window.open(url, "cross", "popup,width=480,height=760");
    if (!shown) return; // blocked: the browser goes there in this window
    event.preventDefault();
    opened.push([shown, element]);
  }
  addEventListener("click", function (event) {
    var link = event.target.closest("a[data-cross]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    open(event, link, link.href);
  });
  addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.matches("form[data-cross]") || form.method !== "get") return;
    var url = new URL(form.action);
    url.search = new URLSearchParams(new FormData(form));
    open(event, form, url);
  });
  addEventListener("message", function (event) {
    var data = event.data || {};
    if (event.origin !== home || !data.order) return;
    for (var i = opened.length; i--;) if (opened[i][0] === event.source) {
      opened[i][1].dispatchEvent(new CustomEvent("cross:end", {
        bubbles: true, detail: { order: data.order, status: data.status }
      }));
      return;
    }
  });
})();
