import 'gemsbok';
