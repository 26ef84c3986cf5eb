#!/bin/sh
# LINK_SECRET=… sh sign.sh https://pay.example/l/pagne-k7w2xq 5000 CMD-1 1798761600
# prints the signed address; "" leaves a value out. A tool to try it with curl: other users of this machine can see
# the secret while openssl runs, so sign in your program where that matters.
set -eu
address=$1 amount=$2 reference=$3 expires=$4
slug=${address##*/}

# In JSON a quotation mark and a backslash are written with a backslash before them.
said=null
[ -z "$reference" ] || said="\"$(printf '%s' "$reference" | sed 's/[\\"]/\\&/g')\""
canonical="{\"amount\":${amount:-null},\"expires\":${expires:-null},\"reference\":$said,\"slug\":\"$slug\"}"
sig=$(printf '%s' "$canonical" | openssl dgst -sha256 -hmac "$LINK_SECRET" -binary | openssl base64 -A | tr '+/' '-_' | tr -d '=')

# curl writes the address as browsers want it.
set -- --data-urlencode "sig=$sig"
[ -z "$amount" ] || set -- "$@" --data-urlencode "amount=$amount"
[ -z "$reference" ] || set -- "$@" --data-urlencode "reference=$reference"
[ -z "$expires" ] || set -- "$@" --data-urlencode "expires=$expires"
curl --silent --output /dev/null --write-out '%{url_effective}\n' --get "$@" "$address"
