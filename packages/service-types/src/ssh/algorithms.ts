import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';

const FIRST_KEX = 'ecdh-sha2-nistp256';

const HOST_KEY_ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

/**
 * What is offered to a device. The P-256 key exchange comes first: it costs the least here. Types of host key that are
 * known for the device come before others, since a device with several keys would else show one that is not known.
 */
export function sshAlgorithms(knownKeyTypes: readonly string[], legacy: boolean): Algorithms {
  const known = knownKeyTypes.flatMap((type) => HOST_KEY_ALGORITHMS[type] ?? []);
  return {
    kex: {
      remove: FIRST_KEX,
      prepend: FIRST_KEX,
      append: legacy
        ? ['diffie-hellman-group14-sha1', 'diffie-hellman-group-exchange-sha1', 'diffie-hellman-group1-sha1']
        : [],
    },
    cipher: { remove: [], prepend: [], append: legacy ? ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'] : [] },
    serverHostKey: { remove: known, prepend: known, append: legacy ? ['ssh-dss'] : [] },
  };
}
