/** Addresses and ports that the judge of receivers knows by heart: what is not public, where clouds keep credentials, data stores. */
import { addressList } from './address-list.ts';

/** The special-purpose ranges of the IANA registry, multicast, and the reserved class E. */
export const specialV4 = addressList([
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, and most metadata services
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // automatic multicast tunnelling
  '192.88.99.0/24', // 6to4 relays, retired
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
]);

/**
 * IPv6 is denied but for global unicast. A list of what is bad would never be complete: there are a dozen ways to write an
 * IPv4 address inside an IPv6 one, and almost all of them lie outside this range.
 */
export const publicV6 = addressList(['2000::/3']);
export const specialV6 = addressList([
  '2001::/23', // protocol assignments, among them Teredo
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which holds an IPv4 address
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
]);

/** Where clouds hand out credentials. An allowed range does not open them; each would have to be named by itself. */
export const metadataServices = addressList([
  '169.254.169.254', // AWS, Azure, Google and most others
  '169.254.170.2', // AWS container tasks
  '169.254.170.23', // AWS pod identity
  '168.63.129.16', // Azure's wire server: a public address, reachable only from inside
  '100.100.100.200', // Alibaba
  '192.0.0.192', // Oracle
  'fd00:ec2::254', // AWS
  'fd00:ec2::23', // AWS pod identity
  'fd20:ce::254', // Google
]);

/** Ports where something listens that a POST can hurt and that is rarely meant to be reached by strangers. */
export const dataPorts: ReadonlySet<number> = new Set([
  1433, // SQL Server
  1521, // Oracle
  2049, // NFS
  2375, // Docker, with full control of its host
  2376, // Docker over TLS
  2379, // etcd
  2380, // etcd peers
  3306, // MySQL
  3389, // remote desktop
  5432, // PostgreSQL
  5672, // AMQP
  5900, // VNC
  5984, // CouchDB
  6379, // Redis, which takes commands from the lines of an HTTP body
  6443, // Kubernetes
  7000, // Cassandra nodes
  8500, // Consul
  9042, // Cassandra
  9092, // Kafka
  9200, // Elasticsearch
  9300, // Elasticsearch nodes
  10250, // kubelet
  10255, // kubelet, read-only
  11211, // memcached, line-based like Redis
  27017, // MongoDB
  27018, // MongoDB shards
  27019, // MongoDB configuration
  50000, // Db2
]);

/** The well-known prefix of NAT64 (RFC 6052): its last 32 bits are an IPv4 address. */
export const nat64Prefix = addressList(['64:ff9b::/96']);
