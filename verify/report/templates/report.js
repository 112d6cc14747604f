// Without this, the summary, what was found, the figures and the verdicts can be read.
const claims = [...document.querySelectorAll("details.claim")];

// What stands below a claim is packed, and drawn when the claim is opened.
async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

function draw(claim) {
  if (claim.childElementCount > 1) return;
  claim.insertAdjacentHTML("beforeend", bodies[claims.indexOf(claim)]);
  for (const text of navigator.clipboard ? claim.querySelectorAll("pre[data-copy]") : []) {
    const [copied, button] = [text.textContent, document.createElement("button")];
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(copied);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    text.append(button);
  }
}

let bodies = [];
const ready = unpack(document.getElementById("bodies").textContent).then((texts) => { bodies = texts; });
for (const claim of claims) claim.addEventListener("toggle", () => claim.open && ready.then(() => draw(claim)));

// On a narrow screen a finding is a line until it is opened.
if (matchMedia("(max-width: 30rem)").matches) {
  for (const one of document.querySelectorAll(".finding")) one.open = false;
}

// Filters: by paper, verdict and kind.
const filter = document.getElementById("filter");

function choose() {
  const fields = [...filter.elements].filter((field) => field.value && field.tagName === "SELECT");
  for (const one of document.querySelectorAll("[data-paper]")) {
    one.hidden = !fields.every(({ name, value }) => !(name in one.dataset) || one.dataset[name].split("|").includes(value));
  }
  for (const group of document.querySelectorAll("[data-group]")) {
    group.hidden = !group.querySelector("[data-paper]:not([hidden])");
  }
  filter.querySelector("output").value = `${claims.filter((one) => !one.hidden).length} of ${claims.length} claims`;
}

filter.hidden = false;
filter.addEventListener("change", choose);
filter.addEventListener("reset", () => setTimeout(choose));
choose();

// A link to a claim, or to a form of it, opens the claim.
async function reveal() {
  const id = decodeURIComponent(location.hash.slice(1));
  await ready;
  const claim = claims.find((one) => id === one.id || id.startsWith(`${one.id}/`));
  if (claim) draw(claim);
  const target = document.getElementById(id);
  if (!target) return;
  if (target.closest("[hidden]")) {
    filter.reset();
    choose();
  }
  for (let one = target; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  target.scrollIntoView();
}

addEventListener("hashchange", reveal);
document.addEventListener("click", ({ target }) => target.closest('a[href^="#"]') && setTimeout(reveal));
if (location.hash) reveal();

// On paper, everything is open.
let closed = [];
addEventListener("beforeprint", () => {
  if (bodies.length) claims.forEach(draw);
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const one of closed) one.open = true;
});
addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
