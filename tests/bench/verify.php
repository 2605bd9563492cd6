<?php
/*
 * What a PHP program must do before it may believe a delivery: the time, the
 * signature, the JSON.  SVIX_SECRET is the secret without "whsec_".
 */
$body = file_get_contents('php://input');
$id = $_SERVER['HTTP_SVIX_ID'] ?? '';
$stamp = $_SERVER['HTTP_SVIX_TIMESTAMP'] ?? '';
$list = $_SERVER['HTTP_SVIX_SIGNATURE'] ?? '';
$key = base64_decode($_SERVER['SVIX_SECRET']);
$expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$stamp.$body",
    $key, true));
$good = abs(time() - (int)$stamp) <= 300;
$found = false;
foreach (explode(' ', $list) as $entry)
	$found = hash_equals($expected, $entry) || $found;
if (!$good || !$found || json_decode($body) === null)
	http_response_code(401);
else
	http_response_code(204);
