-- The load of `bench http` for wrk: `track` calls of about 485 bytes with two identifiers and an id of their own, one
-- a request or 100 in a batch. Customers follow Zipf's law. Arguments: write key, customers, batch.

local names = {
  "Product Viewed", "Product Added", "Product Clicked", "Cart Viewed",
  "Checkout Started", "Order Completed", "Product List Viewed", "Products Searched",
}
local concat, format, random = table.concat, string.format, math.random
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("thread_number", threads)
end

-- Ranks by the approximation of Gray et al. (SIGMOD 1994), as in src/events.rs.
local function zipf(n, theta)
  local zeta = 0
  for rank = 1, n do zeta = zeta + rank ^ -theta end
  local eta = (1 - (2 / n) ^ (1 - theta)) / (1 - (1 + 2 ^ -theta) / zeta)
  return function()
    local unit = random()
    local scaled = unit * zeta
    if scaled < 1 then return 0 end
    if scaled < 1 + 0.5 ^ theta then return 1 end
    return math.floor(n * (eta * unit - eta + 1) ^ (1 / (1 - theta)))
  end
end

function init(arguments)
  write_key, customers, batch = arguments[1], tonumber(arguments[2]), tonumber(arguments[3])
  math.randomseed(41 + thread_number)
  draw = zipf(customers, 0.99)
  -- A run of its own each time, so that a second one is not all repetitions.
  prefix = format("wrk-%d-%d-", os.time(), thread_number)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Basic " .. base64(write_key .. ":")
  path = batch > 1 and "/v1/batch" or "/v1/track"
  number, parts = 0, {}
end

function base64(text)
  local letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  local out = {}
  for i = 1, #text, 3 do
    local a, b, c = text:byte(i, i + 2)
    local value = a * 65536 + (b or 0) * 256 + (c or 0)
    for place = 3, 0, -1 do
      local sextet = math.floor(value / 64 ^ place) % 64
      local padded = (place == 1 and not b) or (place == 0 and not c)
      out[#out + 1] = padded and "=" or letters:sub(sextet + 1, sextet + 1)
    end
  end
  return concat(out)
end

local function add(at)
  number = number + 1
  local customer, product = format("%010d", draw()), 10000 + number * 7919 % 10000
  local price = 100 + number % 400
  parts[at] = '{"type":"track","event":"'
  parts[at + 1] = names[number % 8 + 1]
  parts[at + 2] = '","messageId":"'
  parts[at + 3] = prefix
  parts[at + 4] = number
  parts[at + 5] = '","userId":"user-'
  parts[at + 6] = customer
  parts[at + 7] = '","anonymousId":"anon-'
  parts[at + 8] = customer
  parts[at + 9] = '-3c1a-4f6e","properties":{"product_id":"p-'
  parts[at + 10] = product
  parts[at + 11] = '","sku":"sku-'
  parts[at + 12] = product
  parts[at + 13] = '-eu","category":"living-room","name":"Lounge chair, oak and linen","brand":"Harbour","price":'
  parts[at + 14] = price
  parts[at + 15] = '.9,"quantity":1,"currency":"EUR","total":'
  parts[at + 16] = price
  parts[at + 17] = '.9},"context":{"ip":"192.0.2.17","library":{"name":"analytics-node","version":"3.1.0"},"page":{"path":"/p/lounge-chair"}}}'
  return at + 18
end

function request()
  local at = 1
  if batch == 1 then
    at = add(at)
  else
    parts[1], at = '{"batch":[', 2
    for event = 1, batch do
      if event > 1 then parts[at], at = ",", at + 1 end
      at = add(at)
    end
    parts[at] = "]}"
  end
  return wrk.format(nil, path, nil, concat(parts))
end
