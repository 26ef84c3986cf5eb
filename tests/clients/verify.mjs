// Verifies signatures with npm's `standardwebhooks`, unmodified: reads a list of {secret, headers, body, now} (in
// seconds) as JSON from standard input and prints, for each, the event that it took or the reason why it refused.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const results = JSON.parse(readFileSync(0, "utf8")).map(({ secret, headers, body, now }) => {
  Date.now = () => now * 1000;
  try {
    return { taken: new Webhook(secret).verify(body, headers) };
  } catch (error) {
    return { refused: error.message };
  }
});
console.log(JSON.stringify(results));
