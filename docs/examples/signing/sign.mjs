// LINK_SECRET=… node sign.mjs https://pay.example/l/pagne-k7w2xq 5000 CMD-1 1798761600
// prints the signed address; "" leaves a value out. On your server only: the secret belongs in no page.
import { createHmac } from "node:crypto";

export function signedAddress(address, secret, { amount = null, reference = null, expires = null } = {}) {
  const url = new URL(address);
  const slug = url.pathname.split("/").pop();
  // The order of the names is the order of the alphabet.
  const canonical = JSON.stringify({ amount, expires, reference, slug });
  for (const [name, value] of Object.entries({ amount, reference, expires }))
    if (value !== null) url.searchParams.set(name, value);
  url.searchParams.set("sig", createHmac("sha256", secret).update(canonical).digest("base64url"));
  return url.href;
}

const [address, amount, reference, expires] = process.argv.slice(2);
console.log(signedAddress(address, process.env.LINK_SECRET, {
  amount: amount ? Number(amount) : null,
  reference: reference || null,
  expires: expires ? Number(expires) : null,
}));
