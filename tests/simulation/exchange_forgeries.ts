import { forgedControl, forgedTicket, type Forgery, frameOf } from "./forgery.ts";

/** Puts bytes after any frame that is not the last of its body. */
function after(...bytes: Uint8Array[]): Forgery["forge"] {
  return (frame) => frame.control?.kind === "end" ? undefined : [frame.bytes, ...bytes];
}

/** Something else instead of the hello. */
function hello(...frames: Uint8Array[]): Forgery["forge"] {
  return ({ place }) => place === 0 ? frames : undefined;
}

const END = forgedControl(-5, []);

/** Peers that break a rule about the exchange: it comes down, at once, and all its operations end. */
export const EXCHANGE_FORGERIES: readonly Forgery[] = [
  { name: "P3.1 integer instead of a frame", kills: "exchange", forge: after(Uint8Array.of(0x01)) },
  { name: "P3.1 frame of indefinite length", kills: "exchange", forge: after(Uint8Array.of(0x5f, 0x41, 0x00, 0xff)) },
  {
    name: "P3.2 head that is not the shortest",
    kills: "exchange",
    forge: after(Uint8Array.of(0x58, 0x04, 0x83, 1, 160, 247)),
  },
  { name: "P3.3 empty frame", kills: "exchange", forge: after(Uint8Array.of(0x40)) },
  { name: "P3.3 operation 0", kills: "exchange", forge: after(frameOf(Uint8Array.of(0x83, 0x00, 0xa0, 0xf7))) },
  { name: "P3.3 frame that is no array", kills: "exchange", forge: after(frameOf(Uint8Array.of(0xa0))) },
  { name: "P3.4 frame above maxFrameBytes", kills: "exchange", forge: after(Uint8Array.of(0x5a, 0xff, 0, 0, 0)) },
  { name: "P6.6 ping without a number", kills: "exchange", forge: after(forgedControl(-2, [])) },
  { name: "P7.1 second hello", kills: "exchange", forge: after(forgedControl(-1, [[0, [1]], [1, 0]])) },
  {
    name: "P9.10 end item with a code",
    kills: "exchange",
    forge: after(forgedControl(-5, [[0, "internal"], [1, "I failed"]])),
    isLast: true,
  },
  { name: "P6.9 frame after the end item", kills: "exchange", forge: after(END, forgedTicket(1, [])), isLast: true },
  {
    name: "P7.11 end item before the operations are complete",
    kills: "incomplete",
    fits: ({ victim }) => victim === "service",
    forge: after(END),
    isLast: true,
  },
  {
    name: "P9.4 flood of pings",
    kills: "exchange",
    // A hundred in a second are allowed, and these may come in two.
    forge: after(...Array.from({ length: 201 }, (_, i) => forgedControl(-2, [[0, i]]))),
  },
  { name: "P9.8 body that ends without an end item", kills: "exchange", forge: after(), isLast: true },
  {
    name: "P9.8 body that ends within a frame",
    kills: "exchange",
    forge: after(Uint8Array.of(0x58, 0x40, 0x82, 0x01)),
    isLast: true,
  },
  {
    name: "P7.1 ticket before the hello",
    kills: "exchange",
    isRare: true,
    forge: hello(forgedTicket(1, [[1, "g"], [2, "m"]])),
  },
  {
    name: "P7.3 hello of a version that was not offered",
    kills: "exchange",
    isRare: true,
    forge: hello(forgedControl(-1, [[0, [9]], [1, 0]])),
  },
  { name: "P6.2 control item of a later version", kills: "nobody", forge: after(forgedControl(-21, [[0, "what?"]])) },
  { name: "P6.6 pong that nobody asked for", kills: "nobody", forge: after(forgedControl(-3, [[0, 4_711]])) },
  { name: "P9.2 ping", kills: "nobody", forge: after(forgedControl(-2, [[0, 4_711]])) },
];
