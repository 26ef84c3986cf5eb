// Tells the shop's page that opened this window how it ended: a hint, which the shop's server must check.
// Without such a page nothing happens here, and the link back to the shop serves.
(function () {
  var told = document.querySelector("[data-site]"), shop = window.opener;
  if (!shop || shop.closed) return;
  // Once for this page, however often it is loaded again.
  if (history.state !== "told") {
    shop.postMessage({ order: told.dataset.order, status: told.dataset.status }, told.dataset.site);
    history.replaceState("told", "");
  }
  delete document.body.dataset.next;
  document.querySelectorAll("[data-alone]").forEach(function (part) { part.hidden = true; });
  told.hidden = false;
  told.querySelector("button").addEventListener("click", function () { window.close(); });
})();
