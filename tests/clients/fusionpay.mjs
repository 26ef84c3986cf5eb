// Runs the public npm client, unmodified, against the twin: `node fusionpay.mjs <pay URL> <twin URL>` reads one
// order or one token as JSON from standard input and prints the client's answer as JSON.
import { readFileSync } from "node:fs";
import { FusionPay } from "fusionpay";

const STATUS_HOST = "https://www.pay.moneyfusion.net/";
const [payUrl, twinUrl] = process.argv.slice(2);
const { order, token } = JSON.parse(readFileSync(0, "utf8"));

// The client asks a fixed host for the status; only the host is another here.
const overHttp = globalThis.fetch;
globalThis.fetch = (url, options) => overHttp(String(url).replace(STATUS_HOST, `${twinUrl}/`), options);

const client = new FusionPay(payUrl);

async function pay() {
  client
    .totalPrice(order.total)
    .clientName(order.name)
    .clientNumber(order.number)
    .returnUrl(order.return_url)
    .webhookUrl(order.webhook_url);
  for (const [name, price] of Object.entries(order.articles)) client.addArticle(name, price);
  client.addInfo(order.info);
  return client.makePayment();
}

console.log(JSON.stringify(await (token ? client.checkPaymentStatus(token) : pay())));
