console.log(process.memoryUsage.rss());
