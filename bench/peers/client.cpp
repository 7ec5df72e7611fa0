// Asks a server over connections that stay open, and costs little beside it: bench_client JSON, with port, connections,
// warmUp and measured milliseconds, and the rate of requests a second; at 0 each connection asks again once it is
// answered. The bytes of the request come by standard input. Prints what came of it: latencies count from when a
// request was due, whether or not a connection was free, and no request that was due is left out.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "protocol.h"

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

struct Plan {
  explicit Plan(const bench::Request& request)
      : port(request.number("port")),
        connections(request.number("connections")),
        rate(static_cast<double>(request.number("rate"))),
        warm_up(static_cast<double>(request.number("warmUp")) / 1000),
        measured(static_cast<double>(request.number("measured")) / 1000) {}

  std::size_t port, connections;
  double rate;               // requests a second
  double warm_up, measured;  // seconds
};

// One answer, as far as it has come.
struct Answer {
  static constexpr std::string_view kLength = "ontent-Length: ";

  bool is_whole() const {
    const std::size_t end = text.find("\r\n\r\n"), at = text.find(kLength);
    if (end == std::string::npos || at > end) return false;
    return text.size() >= end + 4 + std::strtoull(text.c_str() + at + kLength.size(), nullptr, 10);
  }

  long status() const { return std::strtol(text.c_str() + std::char_traits<char>::length("HTTP/1.1 "), nullptr, 10); }

  std::string text;
};

struct Connection {
  int socket = -1;
  double since = 0;  // when the request that it waits for was due
  Answer answer;
};

class Client {
 public:
  Client(const Plan& plan, std::string request) : plan_(plan), request_(std::move(request)), epoll_(epoll_create1(0)) {
    connections_.resize(plan.connections);
    for (std::size_t c = 0; c < plan.connections; ++c) connect(c);
  }

  void run() {
    begin_ = now();
    const double first = begin_ + plan_.warm_up, last = first + plan_.measured;
    if (plan_.rate == 0) {
      for (std::size_t c = 0; c < connections_.size(); ++c) send(c, begin_);
    }
    std::array<epoll_event, 256> events{};
    for (double time = begin_; time < last; time = now()) {
      const double next = send_due(time);
      const int count = wait(events, std::min(next, last) - now());
      time = now();
      for (int e = 0; e < count; ++e) receive(events[e].data.u64, time, time >= first);
    }
  }

  void print() const {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    const double share = (seconds(usage.ru_utime) + seconds(usage.ru_stime)) / (plan_.warm_up + plan_.measured);
    std::printf(R"({"answered":%zu,"refused":%zu,"failed":%zu,"seconds":%g,"p50":%g,"p99":%g,"core":%g})", answered_,
                refused_, failed_, plan_.measured, quantile(0.5), quantile(0.99), share);
  }

 private:
  void connect(std::size_t c) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(plan_.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = c;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
    connections_[c].socket = socket;
    idle_.push_back(c);
  }

  // One request at a time, which is shorter than what the system takes at once.
  void send(std::size_t c, double due) {
    connections_[c].since = due;
    const ssize_t sent = ::send(connections_[c].socket, request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request_.size())) ++failed_;
  }

  // Sends what is due, as far as there are connections; returns when the next is to be sent.
  double send_due(double time) {
    if (plan_.rate == 0) return std::numeric_limits<double>::infinity();
    for (;; ++sent_) {
      const double due = begin_ + static_cast<double>(sent_) / plan_.rate;
      if (due > time) return due;
      if (idle_.empty()) return std::numeric_limits<double>::infinity();
      send(idle_.back(), due);
      idle_.pop_back();
    }
  }

  int wait(std::array<epoll_event, 256>& events, double seconds) const {
    const auto nanoseconds = static_cast<std::int64_t>(std::max(seconds, 0.0) * 1e9);
    const timespec timeout{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
    return epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  }

  void receive(std::size_t c, double time, bool counts) {
    Connection& connection = connections_[c];
    std::array<char, 65536> part;
    const ssize_t length = recv(connection.socket, part.data(), part.size(), 0);
    if (length <= 0) throw std::runtime_error("the server closed a connection");
    connection.answer.text.append(part.data(), static_cast<std::size_t>(length));
    if (!connection.answer.is_whole()) return;
    if (counts) count(connection, time);
    connection.answer.text.clear();
    if (plan_.rate == 0) {
      send(c, time);
    } else {
      idle_.push_back(c);
    }
  }

  void count(const Connection& connection, double time) {
    const long status = connection.answer.status();
    ++(status == 200 ? answered_ : status == 503 ? refused_ : failed_);
    if (status == 200) latencies_.push_back(time - connection.since);
  }

  double quantile(double share) const {
    if (latencies_.empty()) return 0;
    std::vector<double> sorted = latencies_;
    const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), at, sorted.end());
    return *at;
  }

  const Plan plan_;
  const std::string request_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::vector<std::size_t> idle_;
  std::vector<double> latencies_;  // seconds
  double begin_ = 0;
  std::size_t sent_ = 0, answered_ = 0, refused_ = 0, failed_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  try {
    // A request that is due is sent then, not 50 microseconds later.
    prctl(PR_SET_TIMERSLACK, 1);
    Client client(Plan(bench::Request(arguments[1])),
                  {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()});
    client.run();
    client.print();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
