#!/usr/bin/env bash
# Runs a command by Open MPI on two hosts: namespaces with a network and a name of their own, which a pair of virtual
# devices joins. two_hosts.sh -n SIZE COMMAND ...
set -eu
if [ "${1:-}" != within ]; then
  exec unshare --user --map-root-user --net --uts --mount --pid --fork --kill-child --mount-proc "$0" within "$@"
fi
shift 2
size=$1
shift

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
hostname first
unshare --net --uts sh -c "hostname second; touch $folder/up; exec sleep infinity" &
second=$!
until [ -e "$folder/up" ]; do sleep 0.01; done
ip link add one type veth peer name two netns "$second"
ip address add 10.77.0.1/24 dev one
ip link set lo up
ip link set one up
nsenter --target "$second" --net sh -c 'ip address add 10.77.0.2/24 dev two; ip link set lo up; ip link set two up'

# What Open MPI takes for ssh.
cat > "$folder/agent" << AGENT
#!/bin/sh
shift
exec nsenter --target $second --net --uts sh -c "\$*"
AGENT
chmod +x "$folder/agent"
each=$(((size + 1) / 2))
mpirun.openmpi --allow-run-as-root --bind-to none --mca mpi_yield_when_idle 1 --mca plm_rsh_agent "$folder/agent" \
  --mca btl_tcp_if_include 10.77.0.0/24 --mca oob_tcp_if_include 10.77.0.0/24 \
  -H "10.77.0.1:$each,10.77.0.2:$each" -n "$size" "$@"
