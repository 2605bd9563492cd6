-- What wrk sends: POSTs of POOL, one a line, "id stamp signature", with the
-- body in BODY; from its start, so that a pool that is large enough gives
-- every request an id of its own.  Prints one line of JSON.

local requests, at = {}, 0

function init(args)
	local file = assert(io.open(os.getenv("BODY")))
	local body = file:read("*a")

	file:close()
	for line in io.lines(os.getenv("POOL")) do
		local id, stamp, sig = line:match("(%S+) (%S+) (%S+)")
		requests[#requests + 1] = "svix-id: " .. id ..
		    "\r\nsvix-timestamp: " .. stamp ..
		    "\r\nsvix-signature: " .. sig
	end
	head = "POST " .. os.getenv("PLACE") .. " HTTP/1.1\r\n" ..
	    "Host: localhost\r\nContent-Type: application/json\r\n" ..
	    (os.getenv("EXTRA") or "") .. "Content-Length: " .. #body ..
	    "\r\n"
	tail = "\r\n\r\n" .. body
end

function request()
	at = at % #requests + 1
	return head .. requests[at] .. tail
end

function done(summary, latency)
	local e = summary.errors

	io.write(string.format("\nJSON {\"requests\":%d,\"us\":%d," ..
	    "\"refused\":%d,\"broken\":%d,\"p50\":%.3f,\"p99\":%.3f}\n",
	    summary.requests, summary.duration, e.status,
	    e.connect + e.read + e.write + e.timeout,
	    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
