<?php
// LINK_SECRET=… php sign.php https://pay.example/l/pagne-k7w2xq 5000 CMD-1 1798761600
// prints the signed address; '' leaves a value out.

function signed_address(string $address, string $secret, ?int $amount, ?string $reference, ?int $expires): string
{
    $asked = [
        'amount' => $amount,
        'expires' => $expires,
        'reference' => $reference,
        'slug' => basename(parse_url($address, PHP_URL_PATH)),
    ];
    $canonical = json_encode($asked, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
    $mac = hash_hmac('sha256', $canonical, $secret, true);
    $said = array_filter(
        ['amount' => $amount, 'reference' => $reference, 'expires' => $expires],
        fn ($value) => $value !== null
    );
    $said['sig'] = rtrim(strtr(base64_encode($mac), '+/', '-_'), '=');
    return $address . '?' . http_build_query($said, '', '&', PHP_QUERY_RFC3986);
}

[, $address, $amount, $reference, $expires] = $argv;
echo signed_address(
    $address,
    getenv('LINK_SECRET'),
    $amount === '' ? null : (int) $amount,
    $reference === '' ? null : $reference,
    $expires === '' ? null : (int) $expires
), "\n";
