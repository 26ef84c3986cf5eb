// CROSS_URL=https://pay.example CROSS_API_KEY=sk_test_… node shop.mjs order 500 CMD-1001
// node shop.mjs order AMOUNT REFERENCE | refund ORDER AMOUNT | events [AFTER] | verify < body
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

async function call(method, path, { body, key } = {}) {
  const headers = { Authorization: `Bearer ${process.env.CROSS_API_KEY}`, "Content-Type": "application/json" };
  // A key of your own makes a repeated call the same call: nobody is charged twice.
  if (key) headers["Idempotency-Key"] = key;
  const answer = await fetch(`${process.env.CROSS_URL}/api/v1${path}`, {
    method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(15000),
  });
  if (!answer.ok) throw new Error(`Cross answered: ${await answer.text()}`);
  return answer.json();
}

// What a webhook says, or an error where it is not from Cross. The body must be as it came.
function verified(body, id, timestamp, signatures, secret) {
  if (Math.abs(Date.now() / 1000 - timestamp) > 300) throw new Error("too old or too new");
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const right = Buffer.from("v1," + createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64"));
  const is = (given) => given.length === right.length && timingSafeEqual(given, right);
  if (!signatures.split(" ").some((one) => is(Buffer.from(one)))) throw new Error("no signature is right");
  return JSON.parse(body);
}

const calls = {
  order: (amount, reference) =>
    call("POST", "/orders", { body: { amount: Number(amount), reference }, key: `order-${reference}` }),
  refund: (order, amount) =>
    call("POST", `/orders/${order}/refunds`, { body: { amount: Number(amount) }, key: `refund-${order}-${amount}` }),
  // Everything that happened after that event, oldest first: for a shop that was away.
  events: (after) => call("GET", `/events?limit=100${after ? `&after=${after}` : ""}`),
  verify: () => {
    const { WEBHOOK_ID: id, WEBHOOK_TIMESTAMP: at, WEBHOOK_SIGNATURE: signed, WEBHOOK_SECRET: secret } = process.env;
    return verified(readFileSync(0, "utf8"), id, at, signed, secret);
  },
};

const [what, ...words] = process.argv.slice(2);
console.log(JSON.stringify(await calls[what](...words)));
