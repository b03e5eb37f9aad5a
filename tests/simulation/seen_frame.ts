import { type ControlItem, FrameReader, type TicketFields } from "../../src/wire/mod.ts";

/** How far one operation has come in one direction, by the frames that have passed. */
export interface Course {
  /** Its number on the exchange. */
  readonly wireId: number;
  /** The number of the next ticket. */
  next: number;
  /** Initial metadata or a payload has passed. */
  begun: boolean;
  completed: boolean;
  aborted: boolean;
}

/** One whole frame on its way. */
export interface SeenFrame {
  readonly bytes: Uint8Array;
  /** Its place in the body, from 0. */
  readonly place: number;
  readonly control: ControlItem | undefined;
  /** The operation's course with this ticket, if it is one. */
  readonly course: Course | undefined;
  readonly fields: TicketFields | undefined;
  readonly payload: unknown;
}

/** What a fragment means that completes nothing. */
const NOTHING = { control: undefined, course: undefined, fields: undefined, payload: undefined };

/** Reads along, and tells of each frame what it means. */
export class FrameSight {
  readonly #reader: FrameReader;
  readonly #courses: Map<number, Course> = new Map();
  #place = 0;
  #last: Omit<SeenFrame, "bytes" | "place"> | undefined;

  constructor() {
    this.#reader = new FrameReader({
      ticket: (wireId, sequence, fields, payload) => {
        const course = this.#follow(wireId, sequence, fields, payload);
        this.#last = { control: undefined, course, fields, payload };
      },
      badTicket: (_wireId, { message }) => {
        throw new Error(message);
      },
      fragment: () => this.#last = NOTHING,
      givenUp: () => this.#last = NOTHING,
      control: (control) => this.#last = { control, course: undefined, fields: undefined, payload: undefined },
    });
  }

  /** Reads the next frame, which is whole. */
  see(bytes: Uint8Array): SeenFrame {
    this.#reader.push(bytes);
    const { control, course, fields, payload } = this.#last!; // a whole frame has called one of the three
    return { bytes, place: this.#place++, control, course, fields, payload };
  }

  #follow(
    wireId: number,
    sequence: number | undefined,
    fields: TicketFields | undefined,
    payload: unknown,
  ): Course {
    const course = this.#courses.get(wireId) ??
      { wireId, next: 0, begun: false, completed: false, aborted: false };
    this.#courses.set(wireId, course);
    course.next = (sequence ?? course.next) + 1;
    if (fields?.initialMetadata !== undefined || payload !== undefined) course.begun = true;
    if (fields?.termination === "completion") course.completed = true;
    else if (fields?.termination !== undefined) course.aborted = true;
    return course;
  }
}
