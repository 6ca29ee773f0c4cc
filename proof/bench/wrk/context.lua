-- The load of `bench context` for wrk: what a page asks for when it is opened. Arguments: token, customers, whether the
-- choice of offers is recorded.

local format, random = string.format, math.random
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("thread_number", threads)
end

function init(arguments)
  token, customers, recorded = arguments[1], tonumber(arguments[2]), arguments[3]
  math.randomseed(97 + thread_number)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. token
end

function request()
  local body = format(
    '{"identifiers":{"user_id":"user-%010d"},"channel":"web","placements":["home","checkout"],"products":[{"product":"chair","quantity":2}],"record":%s}',
    random(0, customers - 1), recorded)
  return wrk.format(nil, "/v1/context", nil, body)
end
