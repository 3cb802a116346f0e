import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a provider and its engine's socket, which a test can take away while containers run on. */
export interface SocketProxy {
  readonly path: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function openSocketProxy(path: string, target: string): Promise<SocketProxy> {
  let server: Server;
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => open.delete(socket));
  };
  const start = async () => {
    server = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ path: target, allowHalfOpen: true });
      keep(near);
      keep(far);
      near.once("close", () => far.destroy());
      far.once("close", () => near.destroy());
      near.pipe(far).pipe(near);
    });
    server.listen(path);
    await once(server, "listening");
  };
  await start();
  return {
    path,
    start,
    async stop() {
      const closed = once(server, "close");
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
