-- What wrk sends: POSTs of POOL, one a line, "id stamp signature body", where
-- body is a line of BODIES; from its start, so that a pool that is large
-- enough gives every request an id of its own.  Prints one line of JSON.

local requests, bodies, at = {}, {}, 0

function init(args)
	for line in io.lines(os.getenv("BODIES")) do
		bodies[#bodies + 1] = "\r\nContent-Length: " .. #line ..
		    "\r\n\r\n" .. line
	end
	for line in io.lines(os.getenv("POOL")) do
		local id, stamp, sig, n = line:match("(%S+) (%S+) (%S+) (%S+)")
		requests[#requests + 1] = { "svix-id: " .. id ..
		    "\r\nsvix-timestamp: " .. stamp ..
		    "\r\nsvix-signature: " .. sig, bodies[tonumber(n)] }
	end
	head = "POST " .. os.getenv("PLACE") .. " HTTP/1.1\r\n" ..
	    "Host: localhost\r\nContent-Type: application/json\r\n" ..
	    (os.getenv("EXTRA") or "")
end

function request()
	at = at % #requests + 1
	return head .. requests[at][1] .. requests[at][2]
end

function done(summary, latency)
	local e = summary.errors

	io.write(string.format("\nJSON {\"requests\":%d,\"us\":%d," ..
	    "\"refused\":%d,\"broken\":%d,\"p50\":%.3f,\"p99\":%.3f}\n",
	    summary.requests, summary.duration, e.status,
	    e.connect + e.read + e.write + e.timeout,
	    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
