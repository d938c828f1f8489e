// The stock of what a page shows, as it changes. Without this script it is the stock of when the page was made.
const places = new Map([...document.querySelectorAll("[data-stock]")].map((place) => [place.dataset.stock, place]));
const few = Number(document.querySelector("[data-few]")?.dataset.few ?? 0);
let told = null;

function show(place, units) {
  place.className = `stock ${units === 0 ? "sold-out" : units <= few ? "low" : ""}`;
  place.textContent = units === 0 ? "Sold out" : units <= few ? `${units} left` : "";
  const choice = place.closest("label")?.querySelector("input");
  if (choice) choice.disabled = units === 0;
}

function hear({ data }) {
  const news = JSON.parse(data);
  const place = news.type === "stock" ? places.get(news.stock.sku) : undefined;
  if (place) show(place, news.stock.available);
}

// A browser keeps few connections to one place: a page that nobody sees has none.
function follow() {
  told?.close();
  told = null;
  if (document.hidden || !places.size) return;
  told = new EventSource(`/v1/live?stock=${[...places.keys()].map(encodeURIComponent).join(",")}`);
  told.onmessage = hear;
}

document.addEventListener("visibilitychange", follow);
addEventListener("pagehide", () => told?.close());
follow();
