<?php
// CROSS_URL=https://pay.example CROSS_API_KEY=sk_test_… php shop.php order 500 CMD-1001
// php shop.php order AMOUNT REFERENCE | refund ORDER AMOUNT | events [AFTER] | verify < body

function call(string $method, string $path, ?array $body = null, string $key = ''): array
{
    $headers = ['Authorization: Bearer ' . getenv('CROSS_API_KEY'), 'Content-Type: application/json'];
    if ($key !== '') {
        // A key of your own makes a repeated call the same call: nobody is charged twice.
        $headers[] = "Idempotency-Key: $key";
    }
    $options = ['method' => $method, 'header' => $headers, 'timeout' => 15, 'ignore_errors' => true];
    if ($body !== null) {
        $options['content'] = json_encode($body, JSON_THROW_ON_ERROR);
    }
    $answer = file_get_contents(getenv('CROSS_URL') . "/api/v1$path", false, stream_context_create(['http' => $options]));
    if ($answer === false || !preg_match('{^HTTP/\S+ 2}', $http_response_header[0])) {
        throw new RuntimeException("Cross answered: $answer");
    }
    return json_decode($answer, true, 512, JSON_THROW_ON_ERROR);
}

function order(string $amount, string $reference): array
{
    return call('POST', '/orders', ['amount' => (int) $amount, 'reference' => $reference], "order-$reference");
}

function refund(string $order, string $amount): array
{
    return call('POST', "/orders/$order/refunds", ['amount' => (int) $amount], "refund-$order-$amount");
}

// Everything that happened after that event, oldest first: for a shop that was away.
function events(?string $after = null): array
{
    return call('GET', '/events?' . http_build_query(['limit' => 100, 'after' => $after]));
}

// What a webhook says, or an exception where it is not from Cross. The body must be as it came.
function verified(string $body, string $id, string $timestamp, string $signatures, string $secret): array
{
    if (abs(time() - (int) $timestamp) > 300) {
        throw new RuntimeException('too old or too new');
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
    $right = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $signatures) as $signature) {
        if (hash_equals($right, $signature)) {
            return json_decode($body, true, 512, JSON_THROW_ON_ERROR);
        }
    }
    throw new RuntimeException('no signature is right');
}

function verify(): array
{
    $said = array_map('getenv', ['WEBHOOK_ID', 'WEBHOOK_TIMESTAMP', 'WEBHOOK_SIGNATURE', 'WEBHOOK_SECRET']);
    return verified(stream_get_contents(STDIN), ...$said);
}

$what = $argv[1];
echo json_encode($what(...array_slice($argv, 2)), JSON_THROW_ON_ERROR), "\n";
