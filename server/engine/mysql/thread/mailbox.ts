import type { MessagePort } from 'node:worker_threads';

/**
 * A port between two threads. What is sent within one turn goes as one post, for a post costs more than what it carries;
 * the other side takes the letters one after the other, in the order they were sent.
 */
export class Mailbox<Out, In> {
  private readonly port: MessagePort;
  private waiting: Out[] = [];
  private moving: ArrayBuffer[] = [];

  constructor(port: MessagePort, receive: (letter: In) => void) {
    this.port = port;
    port.on('message', (letters: In[]) => {
      for (const letter of letters) receive(letter);
    });
  }

  /** `move`: memory that belongs to the other thread from then on. */
  send(letter: Out, move?: ArrayBuffer): void {
    if (this.waiting.length === 0) queueMicrotask(() => this.post());
    this.waiting.push(letter);
    if (move) this.moving.push(move);
  }

  /** What has been sent still arrives. */
  close(): void {
    this.post();
    this.port.close();
  }

  private post(): void {
    if (this.waiting.length === 0) return;
    const letters = this.waiting;
    const moving = this.moving;
    this.waiting = [];
    this.moving = [];
    this.port.postMessage(letters, moving);
  }
}
