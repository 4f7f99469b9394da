// What the local Wan was asked, what it answered, and the bill.
import { make } from "/page/base/make.js";
import { ask } from "/page/base/server.js";
import { makeEntries } from "/page/panel/entries.js";
import { makeSection } from "/page/panel/section.js";
import { write } from "/page/panel/rows.js";
import { locale, say } from "/page/words/words.js";

export function makeWan() {
  const bill = make("p", {}), none = make("p", { className: "small" }, say("Wan was asked nothing yet."));
  const list = makeEntries(say("Requests to Wan"), line);
  const section = makeSection("wan", "Wan", async () => {
    const [billed, record] = await Promise.all([ask("/wan/bill"), ask("/record?part=wan&last=100")]);
    write(bill, total(billed));
    none.hidden = record.wan.length > 0;
    list.show(record.wan);
  });
  section.body.prepend(bill, none, list.node);
  return section;
}

const dollars = (microusd) => new Intl.NumberFormat(locale(),
  { style: "currency", currency: "USD", minimumFractionDigits: 2, maximumFractionDigits: 4 }).format(microusd / 1e6);

const total = (bill) => say("Billed {dollars} · images: {images} · requests: {requests}", { ...bill, dollars: dollars(bill.microusd) });

function line(entry) {
  const { model, parameters } = entry.body ?? {};
  return {
    title: model ?? `${entry.method} ${entry.path.replace(/^.*\/api\/v1\//, "")}`,
    facts: [
      parameters?.n && say("requested: {count}", { count: parameters.n }),
      parameters?.size,
      entry.images?.length && say("input images: {count}", { count: entry.images.length }),
      entry.status || say("waiting"),
      entry.billed ? `${say("billed: {count}", { count: entry.billed })} ${dollars(entry.billed_microusd)}` : "",
      entry.duration_ms !== undefined && `${entry.duration_ms} ms`,
    ],
    problem: [entry.code, entry.disconnected && say("disconnected"), entry.fault && say("fault {name}", { name: entry.fault })]
      .filter(Boolean).join(" · ") || null,
  };
}
