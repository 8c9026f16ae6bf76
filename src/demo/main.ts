/** The demonstration as a process of its own, started before the roles; it feeds them once they answer. */
import { systemClock } from '#base/clock';
import { publicUrlOf } from '#base/config';
import { createRoleLogger } from '#base/log';
import { runRole } from '#base/role-process';
import { listenSoon } from '#base/start-errors';
import type { DemoStart } from '../main.ts';
import { runDemo } from './run-demo.ts';

runRole<DemoStart>(async ({ config }) => {
  process.title = 'jiaodun demo';
  const log = createRoleLogger('demo', config);
  const place = { what: 'demo', host: '127.0.0.1', port: 0, option: '--data DIR' };
  const options = {
    serverUrl: publicUrlOf({ ...config, publicUrl: undefined }),
    publicUrl: publicUrlOf(config),
    dataDir: config.dataDir,
    ownPorts: [
      config.port,
      config.syslogUdpPort,
      config.syslogTcpPort,
      config.syslogTlsPort,
      config.relpPort,
      config.relpTlsPort,
      config.netflowPort,
    ],
    syslog: {
      host: receiverHost(config.syslogHost),
      udpPort: config.syslogUdpPort,
      tcpPort: config.syslogTcpPort,
    },
    clock: systemClock,
    print: (text: string) => void process.stdout.write(`${text}\n`),
  };
  const demo = await listenSoon(place, () => runDemo(options));
  // The websites and mailboxes stay up: what was fed so far can still be followed.
  demo.fed.catch((error: unknown) => log.error({ err: error }, 'the demonstration could not be fed'));
  return { handle: demo, log };
});

/** A receiver on every interface is reached on loopback. */
function receiverHost(listening: string): string {
  return listening === '0.0.0.0' || listening === '::' ? '127.0.0.1' : listening;
}
