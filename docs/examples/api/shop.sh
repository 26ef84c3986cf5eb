#!/bin/sh
# CROSS_URL=https://pay.example CROSS_API_KEY=sk_test_… sh shop.sh order 500 CMD-1001
# sh shop.sh order AMOUNT REFERENCE | refund ORDER AMOUNT | events [AFTER] | verify < body
set -eu

# A key of your own for each order makes a repeated call the same call: nobody is charged twice.
order() {
  curl --silent --show-error --fail-with-body "$CROSS_URL/api/v1/orders" \
    -H "Authorization: Bearer $CROSS_API_KEY" -H "Idempotency-Key: order-$2" -H "Content-Type: application/json" \
    -d "{\"amount\": $1, \"reference\": \"$2\"}"
}

refund() {
  curl --silent --show-error --fail-with-body "$CROSS_URL/api/v1/orders/$1/refunds" \
    -H "Authorization: Bearer $CROSS_API_KEY" -H "Idempotency-Key: refund-$1-$2" -H "Content-Type: application/json" \
    -d "{\"amount\": $2}"
}

# Everything that happened after the event AFTER, oldest first: for a shop that was away.
events() {
  curl --silent --show-error --fail-with-body "$CROSS_URL/api/v1/events?limit=100${1:+&after=$1}" \
    -H "Authorization: Bearer $CROSS_API_KEY"
}

# WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE: the headers; WEBHOOK_SECRET: whsec_…; the body as it came.
# To try it by hand: other users of this machine can see the secret while openssl runs.
verify() {
  key=$(printf '%s' "${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
  age=$(($(date +%s) - WEBHOOK_TIMESTAMP))
  [ "${age#-}" -le 300 ] || { echo 'too old or too new' >&2; return 1; }
  sig=$({ printf '%s.%s.' "$WEBHOOK_ID" "$WEBHOOK_TIMESTAMP"; cat; } |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
  case " $WEBHOOK_SIGNATURE " in *" v1,$sig "*) echo 'right' ;; *) echo 'wrong' >&2; return 1 ;; esac
}

"$@"
